using System.Text;
using ActorHttp.Files.Listings;

namespace ActorHttp.Tests.Files.Listings;

public sealed class JsonAndTextListingTests
{
    [Fact]
    public void Json_has_the_path_and_the_entries()
    {
        var listing = Listings.Of(Listings.File("x y", 12), Listings.Folder("grüße")) with { Path = ["a", "b"] };
        Assert.Equal(
            """
            {"path":"/a/b/","entries":[{"name":"grüße","href":"gr%C3%BC%C3%9Fe/","type":"directory","modified":"2026-11-25T06:27:59Z"},{"name":"x y","href":"x%20y","type":"file","size":12,"modified":"2026-11-25T06:27:59Z"}],"truncated":false}

            """,
            Encoding.UTF8.GetString(ListingPage.Json(listing)));
    }

    [Fact]
    public void Json_of_an_empty_root_is_an_empty_list() => Assert.Equal(
        "{\"path\":\"/\",\"entries\":[],\"truncated\":true}\n",
        Encoding.UTF8.GetString(ListingPage.Json(Listings.Of() with { IsTruncated = true })));

    [Fact]
    public void Text_is_a_line_for_each_entry_in_columns()
    {
        var listing = Listings.Of(Listings.File("x y", 12), Listings.Folder("docs"), Listings.File("large", 3_900_000_000));
        Assert.Equal(
            """
                     -  2026-11-25T06:27:59Z  docs/
            3900000000  2026-11-25T06:27:59Z  large
                    12  2026-11-25T06:27:59Z  x y

            """,
            Encoding.UTF8.GetString(ListingPage.Text(listing)));
    }

    [Fact]
    public void Text_of_an_empty_folder_is_empty_and_of_a_cut_one_says_so()
    {
        Assert.Empty(ListingPage.Text(Listings.Of()));
        Assert.EndsWith(
            "\n# Only the first 1 entries are shown.\n",
            Encoding.UTF8.GetString(ListingPage.Text(Listings.Of(Listings.File("a")) with { IsTruncated = true })),
            StringComparison.Ordinal);
    }
}

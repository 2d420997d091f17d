using ActorHttp.Files.Listings;

namespace ActorHttp.Tests.Files.Listings;

public sealed class HtmlListingTests
{
    [Fact]
    public void The_page_says_its_language_and_name_and_has_one_heading()
    {
        var page = Listings.Page(Listings.Of() with { Path = ["a", "b"] });
        Assert.Equal("en", page.DocumentElement.GetAttribute("lang"));
        Assert.Equal("files/a/b/", page.Title);
        Assert.Equal("files/a/b/", Assert.Single(page.QuerySelectorAll("h1")).TextContent);
        Assert.Equal("Breadcrumbs", page.QuerySelector("nav")!.GetAttribute("aria-label"));
    }

    [Fact]
    public void The_breadcrumbs_lead_up_and_the_last_one_is_here()
    {
        var page = Listings.Page(Listings.Of() with { Path = ["a", "b", "c"] });
        Assert.Equal(
            [("files", "../../../"), ("a", "../../"), ("b", "../")],
            page.QuerySelectorAll("h1 a").Select(link => (link.TextContent, link.GetAttribute("href")!)));
        Assert.Equal("c", page.QuerySelector("h1 [aria-current=page]")!.TextContent);
        Assert.Equal("../", page.QuerySelector("tbody a.up")!.GetAttribute("href"));
    }

    [Fact]
    public void The_breadcrumbs_of_a_deep_folder_grow_as_its_path_does()
    {
        static Listing OfDepth(int depth) => Listings.Of() with { Path = [.. Enumerable.Repeat("a", depth)] };
        var page = Listings.Page(OfDepth(1000));
        Assert.Equal(string.Concat("files/", string.Concat(Enumerable.Repeat("a/", 1000))), page.QuerySelector("h1")!.TextContent);
        Assert.Equal(64, page.QuerySelectorAll("h1 a").Length);

        // A level more is its name, twice, and what stands around it.
        var level = (HtmlListing.Render(OfDepth(2000)).Length - HtmlListing.Render(OfDepth(1000)).Length) / 1000;
        Assert.InRange(level, 1, 100);
    }

    [Fact]
    public void At_the_root_nothing_leads_up()
    {
        var page = Listings.Page(Listings.Of(Listings.File("a")));
        Assert.Empty(page.QuerySelectorAll("h1 a, a.up"));
        Assert.Equal("files", page.QuerySelector("h1 [aria-current=page]")!.TextContent);
    }

    [Theory]
    [InlineData("name", false, "name")]
    [InlineData("name", true, "name/")]
    [InlineData("a:b", false, "./a:b")]
    [InlineData("a:b", true, "./a:b/")]
    [InlineData("a%3Ab", false, "a%3Ab")]
    public void A_link_is_relative_and_never_begins_with_a_scheme(string href, bool isDirectory, string link)
    {
        var entry = new ListingEntry("x", href, isDirectory, 1, Listings.Written);
        Assert.Equal(link, entry.Link);
        Assert.Equal(link, Listings.Page(Listings.Of(entry)).QuerySelector("tbody a")!.GetAttribute("href"));
    }

    [Fact]
    public void A_file_has_its_size_and_its_time_for_people_and_exactly()
    {
        var page = Listings.Page(Listings.Of(Listings.File("a", 1_258_291, Listings.Written.ToOffset(TimeSpan.FromHours(5)))));
        var size = page.QuerySelector("tbody data")!;
        Assert.Equal(("1.2 MiB", "1258291", "1,258,291 bytes"), (size.TextContent, size.GetAttribute("value"), size.GetAttribute("title")));
        var time = page.QuerySelector("tbody time")!;
        Assert.Equal(("2026-11-25 06:27", "2026-11-25T06:27:59Z"), (time.TextContent, time.GetAttribute("datetime")));
        Assert.Equal(1, page.QuerySelector("table")!.TextContent.Split("UTC").Length - 1);
    }

    [Fact]
    public void A_folder_has_a_slash_and_no_size()
    {
        var page = Listings.Page(Listings.Of(Listings.Folder("a")));
        Assert.Equal("a/", page.QuerySelector("tbody a.folder")!.TextContent);
        Assert.Empty(page.QuerySelectorAll("tbody data"));
    }

    [Theory]
    [InlineData(0, "0 B", "0 bytes")]
    [InlineData(1, "1 B", "1 byte")]
    [InlineData(1023, "1023 B", "1,023 bytes")]
    [InlineData(1024, "1.0 KiB", "1,024 bytes")]
    [InlineData(1229, "1.2 KiB", "1,229 bytes")]
    [InlineData((1024 * 1024) - 1, "1.0 MiB", "1,048,575 bytes")]
    [InlineData(3_565_158, "3.4 MiB", "3,565,158 bytes")]
    [InlineData(1L << 40, "1.0 TiB", "1,099,511,627,776 bytes")]
    [InlineData(long.MaxValue, "8.0 EiB", "9,223,372,036,854,775,807 bytes")]
    public void Sizes_are_for_people(long bytes, string visible, string exact)
    {
        Assert.Equal(visible, VisibleSize.Of(bytes));
        Assert.Equal(exact, VisibleSize.Exact(bytes));
    }

    [Theory]
    [InlineData("", "Name", "ascending", "?sort=name&order=desc", "?sort=size&order=desc", "?sort=date&order=desc")]
    [InlineData("order=desc", "Name", "descending", "?sort=name&order=asc", "?sort=size&order=desc", "?sort=date&order=desc")]
    [InlineData("sort=size&order=desc", "Size", "descending", "?sort=name&order=asc", "?sort=size&order=asc", "?sort=date&order=desc")]
    [InlineData(
        "sort=date&order=asc", "Modified (UTC)", "ascending", "?sort=name&order=asc", "?sort=size&order=desc", "?sort=date&order=desc")]
    public void Each_column_has_a_link_that_sorts_by_it_and_turns_round_the_order_that_there_is(
        string query, string sorted, string direction, params string[] links)
    {
        var page = Listings.Page(Listings.Of(Listings.File("a")) with { Order = ListingOrder.Parse(query) });
        var current = Assert.Single(page.QuerySelectorAll("th[aria-sort]"));
        Assert.Equal((sorted, direction), (current.TextContent, current.GetAttribute("aria-sort")));
        Assert.Equal(links, page.QuerySelectorAll("th[scope=col] > a").Select(link => link.GetAttribute("href")));
    }

    [Fact]
    public void An_empty_folder_says_so()
    {
        var page = Listings.Page(Listings.Of());
        Assert.Equal("This folder is empty.", page.QuerySelector("tbody")!.TextContent.Trim());
        Assert.NotNull(page.QuerySelector("table[aria-label]"));
        Assert.Null(Listings.Page(Listings.Of(Listings.File("a"))).QuerySelector(".empty"));
    }

    [Fact]
    public void A_listing_that_was_cut_says_how_much_is_there()
    {
        ListingEntry[] entries = [.. Enumerable.Range(0, 1200).Select(i => Listings.File($"{i}"))];
        Assert.Null(Listings.Page(Listings.Of(entries)).QuerySelector(".truncated"));
        var page = Listings.Page(Listings.Of(entries) with { IsTruncated = true });
        Assert.Equal("Only the first 1,200 entries are shown.", page.QuerySelector(".truncated")!.TextContent);
        Assert.Equal(1200, page.QuerySelectorAll("tbody tr").Length);
    }

    [Fact]
    public void The_caption_counts()
    {
        Assert.Equal("1 file, 12 B", Caption(Listings.File("a")));
        Assert.Equal("1 folder", Caption(Listings.Folder("a")));
        Assert.Equal(
            "2 folders and 2 files, 1.0 KiB",
            Caption(Listings.Folder("a"), Listings.Folder("b"), Listings.File("c", 1000), Listings.File("d", 24)));
    }

    [Fact]
    public void Files_larger_than_a_number_holds_together_do_not_stop_the_page() =>
        Assert.StartsWith(
            "2 files, ", Caption(Listings.File("a", long.MaxValue), Listings.File("b", long.MaxValue)), StringComparison.Ordinal);

    [Fact]
    public void Uploading_is_offered_only_where_it_is_allowed_and_waits_for_the_script()
    {
        var page = Listings.Page(Listings.Of());
        Assert.True(page.QuerySelector("#upload")!.HasAttribute("hidden"));
        Assert.NotNull(page.QuerySelector("label[for=files]"));
        Assert.NotNull(page.QuerySelector("input#files[type=file][multiple]"));
        Assert.NotNull(page.QuerySelector("[aria-live=polite]"));
        Assert.Empty(Listings.Page(Listings.Of() with { CanWrite = false }).QuerySelectorAll("script, #upload, .drop, input, template"));
    }

    private static string Caption(params ListingEntry[] entries) =>
        Listings.Page(Listings.Of(entries)).QuerySelector("caption")!.TextContent;
}

using ActorHttp.Files.Listings;

namespace ActorHttp.Tests.Files.Listings;

public sealed class ListingOrderTests
{
    [Theory]
    [InlineData(null, "?sort=name&order=asc")]
    [InlineData("", "?sort=name&order=asc")]
    [InlineData("sort=name", "?sort=name&order=asc")]
    [InlineData("sort=size&order=desc", "?sort=size&order=desc")]
    [InlineData("order=desc&sort=size", "?sort=size&order=desc")]
    [InlineData("sort=date&order=asc", "?sort=date&order=asc")]
    [InlineData("sort=date", "?sort=date&order=asc")]
    [InlineData("order=desc", "?sort=name&order=desc")]
    [InlineData("a=b&sort=size&&c", "?sort=size&order=asc")]
    [InlineData("sort=size&sort=date&order=asc&order=desc", "?sort=size&order=asc")]
    [InlineData("sort=colour&order=random", "?sort=name&order=asc")]
    [InlineData("sort=Size", "?sort=name&order=asc")]
    [InlineData("sort=%73ize", "?sort=name&order=asc")]
    [InlineData("sort", "?sort=name&order=asc")]
    [InlineData("=&&=", "?sort=name&order=asc")]
    public void A_query_gives_an_order_and_what_is_not_known_gives_the_default(string? query, string order) =>
        Assert.Equal(order, ListingOrder.Parse(query).Query);

    [Theory]
    [InlineData(ListingColumn.Name)]
    [InlineData(ListingColumn.Size)]
    [InlineData(ListingColumn.Date)]
    internal void An_order_reads_what_it_writes(ListingColumn column)
    {
        foreach (var isDescending in new[] { false, true })
        {
            var order = new ListingOrder(column, isDescending);
            Assert.Equal(order, ListingOrder.Parse(order.Query[1..]));
        }
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("a", "B")]
    [InlineData("A", "b")]
    [InlineData("A", "a")]
    [InlineData("a", "ab")]
    [InlineData("", "a")]
    [InlineData("a2", "a10")]
    [InlineData("a2b", "a10a")]
    [InlineData("a02", "a3")]
    [InlineData("a01", "a1")]
    [InlineData("1.9", "1.10")]
    [InlineData("9", "10")]
    [InlineData("99999999999999999999999", "100000000000000000000000")]
    [InlineData("2", "a")]
    [InlineData("-", "2")]
    [InlineData("a", "ä")]
    [InlineData("äa", "Äb")]
    [InlineData("a0", "a00b")]
    public void Names_stand_where_people_look_for_them(string first, string second)
    {
        Assert.True(NameOrder.Compare(first, second) < 0);
        Assert.True(NameOrder.Compare(second, first) > 0);
        Assert.Equal(0, NameOrder.Compare(first, first));
    }

    [Fact]
    public void The_order_of_names_is_one_line_without_circles()
    {
        string[] names = [
            "",
            "0",
            "00",
            "01",
            "1",
            "1a",
            "01a",
            "10",
            "9",
            "a",
            "A",
            "a0",
            "A00",
            "a1",
            "a01",
            "a-1",
            "a 1",
            "é",
            "É",
            "🐙",
            "-",
            "_",
            "Z",
            "z9",
            "z10",
        ];
        foreach (var a in names)
        {
            foreach (var b in names)
            {
                Assert.Equal(Math.Sign(NameOrder.Compare(a, b)), -Math.Sign(NameOrder.Compare(b, a)));
                Assert.All(names, c => Assert.False(
                    NameOrder.Compare(a, b) <= 0 && NameOrder.Compare(b, c) <= 0 && NameOrder.Compare(a, c) > 0, $"'{a}' '{b}' '{c}'"));
            }
        }
    }

    [Theory]
    [InlineData("", "beta/ old/ a1 a2 a10")]
    [InlineData("order=desc", "old/ beta/ a10 a2 a1")]
    [InlineData("sort=size", "beta/ old/ a2 a1 a10")]
    [InlineData("sort=size&order=desc", "beta/ old/ a1 a10 a2")]
    [InlineData("sort=date", "old/ a2 a10 a1 beta/")]
    [InlineData("sort=date&order=desc", "beta/ a1 a2 a10 old/")]
    public void Folders_come_first_but_for_the_order_of_dates_and_names_decide_among_equals(string query, string expected)
    {
        var listing = Listings.Of(
            Listings.File("a10", 7, At(2)),
            Listings.Folder("old", At(1)),
            Listings.File("a2", 3, At(2)),
            Listings.Folder("beta", At(4)),
            Listings.File("a1", 7, At(3)));
        var sorted = (listing with { Order = ListingOrder.Parse(query) }).Sorted();
        Assert.Equal(expected, string.Join(' ', sorted.Select(entry => entry.Name + (entry.IsDirectory ? "/" : ""))));
    }

    [Fact]
    public void Names_that_look_the_same_keep_their_order()
    {
        var first = new ListingEntry("\uFFFD", "%FE", IsDirectory: false, 1, Listings.Written);
        var second = first with { Href = "%FF" };
        Assert.Equal([first, second], Listings.Of(second, first).Sorted());
        Assert.Equal([first, second], Listings.Of(first, second).Sorted());
    }

    [Fact]
    public void All_forms_have_the_same_order()
    {
        var listing = Listings.Of(
            Listings.File("b", 1), Listings.File("a", 2), Listings.Folder("c")) with
        { Order = new(ListingColumn.Size, true) };
        Assert.Equal(["c", "a", "b"], Listings.Names(listing));
        var text = System.Text.Encoding.UTF8.GetString(ListingPage.Text(listing)).TrimEnd().Split('\n');
        Assert.Equal(["c/", "a", "b"], text.Select(line => line.Split("  ")[^1]));
        using var json = System.Text.Json.JsonDocument.Parse(ListingPage.Json(listing));
        Assert.Equal(
            ["c", "a", "b"],
            json.RootElement.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("name").GetString()));
    }

    private static DateTimeOffset At(int day) => Listings.Written.AddDays(day);
}

using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ActorHttp.Files.Listings;

namespace ActorHttp.Tests.Files.Listings;

public sealed partial class EscapingTests
{
    public static TheoryData<string> Names => Listings.HostileNames;

    [Theory, MemberData(nameof(Names))]
    public void A_name_is_text_in_the_page_and_nothing_else(string name)
    {
        var harmless = Listings.Page(
            Listings.Of(Listings.File("name"), Listings.Folder("name")) with { Mount = "mount", Path = ["path", "here"] });
        var page = Listings.Page(Listings.Of(Listings.File(name), Listings.Folder(name)) with { Mount = name, Path = [name, name] });
        Assert.Equal(harmless.All.Select(element => element.TagName), page.All.Select(element => element.TagName));
        Assert.Equal(
            harmless.All.SelectMany(element => element.Attributes).Select(attribute => attribute.Name),
            page.All.SelectMany(element => element.Attributes).Select(attribute => attribute.Name));
        var visible = VisibleText.Of(name);
        Assert.All(page.QuerySelectorAll("h1 bdi, tbody bdi"), shown => Assert.Equal(visible, shown.TextContent));
        Assert.Equal($"{visible}/{visible}/{visible}/".Trim(), page.Title);
    }

    [Theory, MemberData(nameof(Names))]
    public void The_page_has_no_character_that_does_something(string name) =>
        Assert.DoesNotMatch(
            Unprintable(), Html(Listings.Of(Listings.File(name), Listings.Folder(name)) with { Mount = name, Path = [name] }));

    [Theory, MemberData(nameof(Names))]
    public void A_link_leads_to_the_name_in_the_same_folder(string name)
    {
        var here = new Uri("http://localhost/files/folder/");
        var page = Listings.Page(Listings.Of(Listings.File(name), Listings.Folder(name + "2")));
        string[] links = [.. page.QuerySelectorAll("tbody a").Select(link => new Uri(here, link.GetAttribute("href")!).AbsoluteUri)];
        Assert.Equal([$"{here}{Uri.EscapeDataString(name + "2")}/", $"{here}{Uri.EscapeDataString(name)}"], links);
    }

    [Theory, MemberData(nameof(Names))]
    public void Json_has_the_name_itself(string name)
    {
        var bytes = ListingPage.Json(Listings.Of(Listings.File(name)) with { Path = [name] });
        using var json = JsonDocument.Parse(bytes);
        Assert.Equal(name, json.RootElement.GetProperty("entries")[0].GetProperty("name").GetString());
        Assert.Equal($"/{name}/", json.RootElement.GetProperty("path").GetString());
        Assert.DoesNotMatch(Unprintable(), Encoding.UTF8.GetString(bytes));
    }

    [Theory, MemberData(nameof(Names))]
    public void Text_is_one_line_for_each_name_and_gives_a_terminal_no_orders(string name)
    {
        var text = Encoding.UTF8.GetString(ListingPage.Text(Listings.Of(Listings.File(name), Listings.File("other"))));
        Assert.DoesNotMatch(Unprintable(), text);
        Assert.Equal(2, text.Count(c => c == '\n'));
        Assert.Contains($"Z  {VisibleText.Of(name)}\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\nb", "a␊b")]
    [InlineData("\u001B[31m", "␛[31m")]
    [InlineData("\0\u001F\u007F", "␀␟␡")]
    [InlineData("\u0085\u009B", "\uFFFD\uFFFD")]
    [InlineData("\u2028", "␤")]
    [InlineData("a\u202Eb\u2066c", "a\uFFFDb\uFFFDc")]
    [InlineData("\u200Fא", "\u200Fא")]
    [InlineData("🐙", "🐙")]
    public void A_control_is_shown_by_its_picture(string name, string visible) => Assert.Equal(visible, VisibleText.Of(name));

    [Theory]
    [InlineData("a\uD83D")]
    [InlineData("\uDC19a")]
    public void Half_a_character_is_replaced(string name)
    {
        var entry = new ListingEntry(name, "x", IsDirectory: false, 1, Listings.Written);
        Assert.Contains('\uFFFD', Listings.Names(Listings.Of(entry))[0]);
        Assert.Contains('\uFFFD', Encoding.UTF8.GetString(ListingPage.Text(Listings.Of(entry))));
        using var json = JsonDocument.Parse(ListingPage.Json(Listings.Of(entry)));
        Assert.Contains('\uFFFD', json.RootElement.GetProperty("entries")[0].GetProperty("name").GetString()!);
    }

    private static string Html(Listing listing) => Encoding.UTF8.GetString(ListingPage.Html(listing));

    // Controls but the line feed, separators of lines and paragraphs, and what embeds, overrides or isolates a direction.
    [GeneratedRegex("[\\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069-[\n]]")]
    private static partial Regex Unprintable();
}

using System.Text;
using ActorHttp.Files.Listings;
using ActorHttp.Files.Storage;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace ActorHttp.Tests.Files.Listings;

/// <summary>Listings to render, and the pages that they become, read strictly.</summary>
internal static class Listings
{
    public static readonly DateTimeOffset Written = new(2026, 11, 25, 6, 27, 59, TimeSpan.Zero);

    /// <summary>Names that a file can have, and that would like to be something else.</summary>
    public static TheoryData<string> HostileNames { get; } =
    [
        "<script>alert(1)</script>",
        "</script>",
        "</bdi></a></th></tr></table>",
        "<!--",
        "]]>",
        "\" onmouseover=\"alert(1)",
        "' onmouseover='alert(1)",
        "a & b",
        "&lt;",
        "&#0;",
        "{{7*7}}",
        "javascript:alert(1)",
        "data:text/html,x",
        " leading and trailing ",
        "grüße",
        "🐙",
        "\uFFFD\uFFFD",
        "مرحبا",
        "evil\u202Egpj.exe",
        "\u2066isolated",
        "line\nbreak",
        "\r",
        "tab\there",
        "\u001B[2J\u001B]0;title\u0007",
        "\u009B31m",
        "\u007F",
        "\u0001",
        "a\u2028b\u2029c",
        "\uFEFF",
        "%2e%2e",
        "?query#fragment",
    ];

    public static ListingEntry File(string name, long length = 12, DateTimeOffset? modified = null) =>
        new(name, Uri.EscapeDataString(name), IsDirectory: false, length, modified ?? Written);

    public static ListingEntry Folder(string name, DateTimeOffset? modified = null) =>
        new(name, Uri.EscapeDataString(name), IsDirectory: true, 4096, modified ?? Written);

    public static Listing Of(params ListingEntry[] entries) => new("files", [], entries, default, CanWrite: true, IsTruncated: false);

    /// <summary>The page, by a parser that throws at the first thing that is not HTML as it should be.</summary>
    public static IHtmlDocument Page(Listing listing) =>
        new HtmlParser(new HtmlParserOptions { IsStrictMode = true }).ParseDocument(Encoding.UTF8.GetString(ListingPage.Html(listing)));

    /// <summary>The names that the page shows, in their order.</summary>
    public static string[] Names(Listing listing) =>
        [.. Page(listing).QuerySelectorAll("tbody bdi").Select(name => name.TextContent)];
}

using System.Security.Cryptography;
using System.Text;
using ActorHttp.Files.Listings;

namespace ActorHttp.Tests.Files.Listings;

public sealed class ContentSecurityPolicyTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_policy_allows_the_style_and_the_script_of_the_page_by_their_hashes(bool canWrite)
    {
        var page = Listings.Page(Listings.Of(Listings.File("a")) with { CanWrite = canWrite });
        var policy = Directives(canWrite);
        Assert.Equal(Hash(Assert.Single(page.QuerySelectorAll("style")).TextContent), policy["style-src"]);
        if (canWrite)
            Assert.Equal(Hash(Assert.Single(page.QuerySelectorAll("script")).TextContent), policy["script-src"]);
        else
            Assert.Empty(page.QuerySelectorAll("script"));
    }

    [Fact]
    public void All_else_is_forbidden()
    {
        var reading = Directives(canWrite: false);
        Assert.Equal(["base-uri", "default-src", "form-action", "frame-ancestors", "img-src", "style-src"], reading.Keys.Order());
        Assert.All(["default-src", "base-uri", "form-action", "frame-ancestors"], name => Assert.Equal("'none'", reading[name]));
        Assert.Equal("data:", reading["img-src"]);
        var writing = Directives(canWrite: true);
        Assert.Equal("'self'", writing["connect-src"]);
        Assert.Equal(["connect-src", "script-src"], writing.Keys.Except(reading.Keys).Order());
    }

    [Fact]
    public void The_page_needs_nothing_that_the_policy_forbids()
    {
        var page = Listings.Page(Listings.Of(Listings.File("a"), Listings.Folder("b")) with { Path = ["c"], IsTruncated = true });
        foreach (var attribute in page.All.SelectMany(element => element.Attributes))
        {
            Assert.False(attribute.Name.StartsWith("on", StringComparison.Ordinal), $"There is a handler {attribute.Name}.");
            Assert.NotEqual("style", attribute.Name);
        }

        Assert.Empty(page.QuerySelectorAll("form, base, iframe, object, embed, img, [src]"));
        Assert.StartsWith("data:", Assert.Single(page.QuerySelectorAll("link")).GetAttribute("href"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_needs_nothing_from_elsewhere()
    {
        var html = Encoding.UTF8.GetString(ListingPage.Html(Listings.Of(Listings.File("a"))));
        Assert.DoesNotContain("http:", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("https:", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\"//", html, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", html, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", html, StringComparison.Ordinal);
    }

    // An element of raw text ends at its end tag wherever that stands, and the parser turns CR into LF before it is hashed.
    [Fact]
    public void The_style_and_the_script_are_in_the_page_as_they_were_hashed()
    {
        foreach (var asset in new[] { ListingAssets.Style.ToArray(), ListingAssets.Script.ToArray() })
        {
            var text = Encoding.UTF8.GetString(asset);
            Assert.DoesNotContain('\r', text);
            Assert.DoesNotContain('\uFEFF', text);
            Assert.DoesNotContain("</", text, StringComparison.Ordinal);
            Assert.DoesNotContain("<!--", text, StringComparison.Ordinal);
        }
    }

    private static Dictionary<string, string> Directives(bool canWrite) =>
        ListingPage.ContentSecurityPolicy(canWrite).Split("; ").Select(
            directive => directive.Split(' ', 2)).ToDictionary(parts => parts[0], parts => parts[1]);

    private static string Hash(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";
}

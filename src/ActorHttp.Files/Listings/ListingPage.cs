using System.Globalization;

namespace ActorHttp.Files.Listings;

/// <summary>A listing in the forms that a client can ask for; all of them are UTF-8.</summary>
internal static class ListingPage
{
    /// <summary>For browsers (<c>text/html</c>). Send it with its <see cref="ContentSecurityPolicy"/>.</summary>
    public static byte[] Html(Listing listing) => HtmlListing.Render(listing);

    /// <summary>For programs (<c>application/json</c>).</summary>
    public static byte[] Json(Listing listing) => JsonListing.Render(listing);

    /// <summary>For terminals (<c>text/plain</c>).</summary>
    public static byte[] Text(Listing listing) => TextListing.Render(listing);

    /// <summary>The value of the field Content-Security-Policy for the page of a folder.</summary>
    /// <param name="canWrite">Whether the page is one that uploads.</param>
    public static string ContentSecurityPolicy(bool canWrite) => ListingAssets.ContentSecurityPolicy(canWrite);

    /// <summary>A time to the second, as RFC 3339 writes it in UTC.</summary>
    internal static string Timestamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

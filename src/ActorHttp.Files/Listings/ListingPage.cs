using System.Globalization;

namespace ActorHttp.Files.Listings;

/// <summary>Renders a listing in the forms that a client can ask for. All forms are UTF-8.</summary>
internal static class ListingPage
{
    /// <summary>The form for browsers (<c>text/html</c>). Send it with its <see cref="ContentSecurityPolicy"/>.</summary>
    public static byte[] Html(Listing listing) => HtmlListing.Render(listing);

    /// <summary>The form for programs (<c>application/json</c>).</summary>
    public static byte[] Json(Listing listing) => JsonListing.Render(listing);

    /// <summary>The form for terminals (<c>text/plain</c>).</summary>
    public static byte[] Text(Listing listing) => TextListing.Render(listing);

    /// <summary>The value of the field Content-Security-Policy for the page of a folder.</summary>
    /// <param name="canWrite">Whether the page can upload files.</param>
    public static string ContentSecurityPolicy(bool canWrite) => ListingAssets.ContentSecurityPolicy(canWrite);

    /// <summary>A time in UTC, to the second, in the format of RFC 3339.</summary>
    internal static string Timestamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

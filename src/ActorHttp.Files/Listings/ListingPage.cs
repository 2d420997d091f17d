using System.Globalization;

namespace ActorHttp.Files.Listings;

/// <summary>Renders a listing as HTML, JSON or plain text. All three are in UTF-8.</summary>
internal static class ListingPage
{
    /// <summary>
    /// Returns the listing as HTML, for browsers (<c>text/html</c>). Send the page with the field value of <see
    /// cref="ContentSecurityPolicy"/>.
    /// </summary>
    public static byte[] Html(Listing listing) => HtmlListing.Render(listing);

    /// <summary>Returns the listing as JSON, for programs (<c>application/json</c>).</summary>
    public static byte[] Json(Listing listing) => JsonListing.Render(listing);

    /// <summary>Returns the listing as plain text, for terminals (<c>text/plain</c>).</summary>
    public static byte[] Text(Listing listing) => TextListing.Render(listing);

    /// <summary>Returns the value of the field Content-Security-Policy for the HTML page.</summary>
    /// <param name="canWrite">Whether the page can upload files, and so needs the script.</param>
    public static string ContentSecurityPolicy(bool canWrite) => ListingAssets.ContentSecurityPolicy(canWrite);

    /// <summary>Formats a time in UTC, to the second, by RFC 3339.</summary>
    internal static string Timestamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

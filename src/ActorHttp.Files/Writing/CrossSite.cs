using ActorHttp.Messages;

namespace ActorHttp.Files.Writing;

/// <summary>
/// Refuses writes that a browser sends for a page of another site. Browsers let any page send a POST to any server, even to a
/// server on the same machine. Browsers only hide the answer from the page. Without this check, any web site could store files on
/// this server.
/// </summary>
internal static class CrossSite
{
    /// <summary>Returns the answer 403 to a write that a page of another origin has caused; null for all other requests.</summary>
    public static HttpResponse? RefusalOf(HttpRequest request) =>
        IsWrite(request.Headers) ? HttpResponse.Error(request.Exchange, 403, "A page of another site may not write here.") : null;

    // Whether the header fields show a page of another origin. Programs other than browsers send none of these fields.
    private static bool IsWrite(HttpHeaders headers)
    {
        if (headers["Sec-Fetch-Site"] is { } site)
            return site is not ("same-origin" or "none");

        // Browsers before 2023 send Origin but not Sec-Fetch-Site. The opaque origin "null" counts as another origin.
        if (headers["Origin"] is not { } origin)
            return false;
        var authority = origin.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? origin[(at + 3)..] : "";
        return !authority.Equals(headers["Host"], StringComparison.OrdinalIgnoreCase);
    }
}

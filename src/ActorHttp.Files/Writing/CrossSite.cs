using ActorHttp.Messages;

namespace ActorHttp.Files.Writing;

/// <summary>
/// Refuses writes that pages of other sites have a browser send. A browser lets any page send a POST to any server, one on this
/// machine too, and hides only the answer. Without this rule any site could store files here.
/// </summary>
internal static class CrossSite
{
    /// <summary>The answer to a write that a page of another origin has caused; null for every other request.</summary>
    public static HttpResponse? RefusalOf(HttpRequest request) =>
        IsWrite(request.Headers) ? HttpResponse.Error(request.Exchange, 403, "A page of another site may not write here.") : null;

    // Programs that are no browsers send none of these fields.
    private static bool IsWrite(HttpHeaders headers)
    {
        if (headers["Sec-Fetch-Site"] is { } site)
            return site is not ("same-origin" or "none");

        // Browsers before 2023 send Origin alone. The opaque origin "null" counts as another origin.
        if (headers["Origin"] is not { } origin)
            return false;
        var authority = origin.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? origin[(at + 3)..] : "";
        return !authority.Equals(headers["Host"], StringComparison.OrdinalIgnoreCase);
    }
}

using ActorHttp.Messages;

namespace ActorHttp.Files.Writing;

/// <summary>
/// Browsers let every page send a POST to every server, this machine's own included, and only hide the answer: any site
/// could store files here. They say, though, where a request comes from.
/// </summary>
internal static class CrossSite
{
    /// <summary>Whether a browser says that a request was made by a page of another origin. What is no browser says nothing.</summary>
    public static bool IsWrite(HttpHeaders headers)
    {
        if (headers["Sec-Fetch-Site"] is { } site)
            return site is not ("same-origin" or "none");

        // Browsers before 2023. What has no origin ("null") is another's as well.
        if (headers["Origin"] is not { } origin)
            return false;
        var authority = origin.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? origin[(at + 3)..] : "";
        return !authority.Equals(headers["Host"], StringComparison.OrdinalIgnoreCase);
    }
}

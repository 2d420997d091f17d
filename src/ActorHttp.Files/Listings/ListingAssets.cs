using System.Security.Cryptography;

namespace ActorHttp.Files.Listings;

/// <summary>
/// The style and the script of the HTML page. Both texts are constant and part of the page. So the Content-Security-Policy can
/// list the hashes of both, and browsers run no other script, even if a file name contains markup. The server needs no extra
/// route for the style and the script.
/// </summary>
internal static class ListingAssets
{
    private static readonly byte[] StyleBytes = Read("listing.css");
    private static readonly byte[] ScriptBytes = Read("listing.js");
    private static readonly string Reading = Policy(canWrite: false);
    private static readonly string Writing = Policy(canWrite: true);

    public static ReadOnlySpan<byte> Style => StyleBytes;

    public static ReadOnlySpan<byte> Script => ScriptBytes;

    /// <summary>
    /// Returns the Content-Security-Policy value for a page with the script (when clients can upload files) or without the
    /// script.
    /// </summary>
    public static string ContentSecurityPolicy(bool canWrite) => canWrite ? Writing : Reading;

    // The value img-src data: allows the icon of the browser tab. Without an icon in the page, a browser would request
    // /favicon.ico.
    private static string Policy(bool canWrite) =>
        $"default-src 'none'; style-src {Source(Style)}; img-src data:; "
        + (canWrite ? $"script-src {Source(Script)}; connect-src 'self'; " : "")
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static string Source(ReadOnlySpan<byte> text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(text))}'";

    private static byte[] Read(string name)
    {
        using var resource = typeof(ListingAssets).Assembly.GetManifestResourceStream($"ActorHttp.Files.{name}")
            ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}

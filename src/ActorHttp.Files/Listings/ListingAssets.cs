using System.Security.Cryptography;

namespace ActorHttp.Files.Listings;

/// <summary>
/// The style and the script of the page. They are constant, and stand in the page itself: so a policy can name their hashes
/// and nothing else runs, whatever a file is called; and no request needs a place for them beside the files.
/// </summary>
internal static class ListingAssets
{
    private static readonly byte[] StyleBytes = Read("listing.css");
    private static readonly byte[] ScriptBytes = Read("listing.js");
    private static readonly string Reading = Policy(canWrite: false);
    private static readonly string Writing = Policy(canWrite: true);

    public static ReadOnlySpan<byte> Style => StyleBytes;

    public static ReadOnlySpan<byte> Script => ScriptBytes;

    /// <summary>The value of Content-Security-Policy for a page with the script, which uploads, or without.</summary>
    public static string ContentSecurityPolicy(bool canWrite) => canWrite ? Writing : Reading;

    // data: is for the icon of the browser's tab, which it would look for at /favicon.ico otherwise.
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

using System.Security.Cryptography;

namespace ActorHttp.Files.Listings;

/// <summary>
/// The style and the script of the page. They are constant and part of the page itself. So the Content-Security-Policy can name
/// their hashes, and no other script runs, whatever a file is called. No path beside the files is needed for them.
/// </summary>
internal static class ListingAssets
{
    private static readonly byte[] StyleBytes = Read("listing.css");
    private static readonly byte[] ScriptBytes = Read("listing.js");
    private static readonly string Reading = Policy(canWrite: false);
    private static readonly string Writing = Policy(canWrite: true);

    public static ReadOnlySpan<byte> Style => StyleBytes;

    public static ReadOnlySpan<byte> Script => ScriptBytes;

    /// <summary>The value of Content-Security-Policy for a page with the script (when files can be uploaded) or without it.</summary>
    public static string ContentSecurityPolicy(bool canWrite) => canWrite ? Writing : Reading;

    // data: is for the icon of the tab. Without an icon in the page a browser requests /favicon.ico.
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

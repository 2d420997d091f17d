using System.Text;
using ActorHttp.Uris;

namespace ActorHttp.Files.Storage;

/// <summary>
/// The part of a path behind <c>/files/</c>, decoded and checked: no segment leads to a parent folder or out of the root.
/// </summary>
internal sealed record FilePath
{
    // NAME_MAX of the file systems in common use, in bytes.
    private const int LongestName = 255;

    // RFC 8615: the one folder with a dot that exists to be requested.
    private const string WellKnown = ".well-known";

    // Names that open a device on Windows, in any folder and with any extension.
    private static readonly string[] WindowsDevices =
    [
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
        .. Enumerable.Range(0, 10).SelectMany(i => new[] { $"COM{i}", $"LPT{i}" }), "COM¹", "COM²", "COM³", "LPT¹", "LPT²", "LPT³",
    ];

    private FilePath(string[] segments, bool isDirectory)
    {
        Segments = segments;
        IsDirectory = isDirectory;
    }

    public IReadOnlyList<string> Segments { get; }

    /// <summary>Whether the path ends in a slash, so that it can only name a directory.</summary>
    public bool IsDirectory { get; }

    /// <summary>The last segment; empty for the root.</summary>
    public string Name => Segments.Count == 0 ? "" : Segments[^1];

    /// <summary>Whether a segment begins with a dot. <c>/.well-known</c> at the top does not count (RFC 8615).</summary>
    public bool IsHidden
    {
        get
        {
            for (var i = 0; i < Segments.Count; i++)
            {
                if (IsHiddenName(Segments[i]) && !(i == 0 && Segments[i] == WellKnown))
                    return true;
            }

            return false;
        }
    }

    public static bool IsHiddenName(string name) => name.StartsWith('.');

    /// <summary>
    /// Reads a path that is still percent-encoded. Returns null for a path that is refused; <paramref name="fault"/> then says why.
    /// </summary>
    public static FilePath? Parse(string encoded, out string fault) =>
        Parse(encoded, OperatingSystem.IsWindows(), OperatingSystem.IsLinux(), out fault);

    /// <summary>Reads a path by the rules of another system. For tests.</summary>
    internal static FilePath? Parse(string encoded, bool isWindows, bool namesAreBytes, out string fault)
    {
        var bytes = PercentEncoding.Decode(encoded);
        if (!namesAreBytes && !System.Text.Unicode.Utf8.IsValid(bytes))
            return Refused("The file's name is not UTF-8.", out fault);
        if (bytes.AsSpan().Contains((byte)0))
            return Refused("The file's name holds a NUL.", out fault);

        var decoded = FileName.Decode(bytes);
        var isDirectory = decoded.Length == 0 || decoded.EndsWith('/');
        var segments = decoded.Length == 0 ? [] : (isDirectory ? decoded[..^1] : decoded).Split('/');

        // A "." segment names the folder itself (RFC 3986 §6.2.2.3). Clients that join an address and "./a:b" as texts send it,
        // such as rclone.
        if (segments.Length > 1 && Array.IndexOf(segments, ".", 0, segments.Length - 1) >= 0)
            segments = [.. segments[..^1].Where(segment => segment != "."), segments[^1]];
        foreach (var segment in segments)
        {
            if (NameFault(segment, isWindows) is { } nameFault)
                return Refused(nameFault, out fault);
        }

        fault = "";
        return new FilePath(segments, isDirectory);
    }

    /// <summary>Whether a path may have this name as a segment. A listing leaves out the names that no path may have.</summary>
    public static bool IsServed(string name) => NameFault(name, OperatingSystem.IsWindows()) is null;

    /// <summary>The path of the folder that contains the last segment. The root is its own parent.</summary>
    public FilePath Parent => new([.. Segments.Take(Segments.Count - 1)], isDirectory: true);

    /// <summary>The path of an entry of the directory that this path names.</summary>
    public FilePath Child(string name) => new([.. Segments, name], isDirectory: false);

    /// <summary>The path of another entry of the directory that contains this one.</summary>
    public FilePath Sibling(string name) => new([.. Segments.Take(Segments.Count - 1), name], isDirectory: false);

    private static string? NameFault(string segment, bool isWindows)
    {
        // Clients resolve dots themselves (RFC 3986 §5.2.4). A client that sends them is probably attacking.
        if (segment is "" or "." or "..")
            return "The path holds an empty segment, '.' or '..'.";
        if (FileName.Encode(segment).Length > LongestName)
            return $"A name in the path is longer than {LongestName} bytes.";
        if (UploadFile.IsTemporary(segment))
            return "Names of this kind are used by the server itself.";
        return isWindows ? WindowsFault(segment) : null;
    }

    // A backslash separates names on Windows, and is an ordinary character elsewhere. Windows takes the part before the first dot
    // for the name of a device, opens another stream of a file behind a colon, and drops dots and blanks at the end. Each of these
    // would be a second name for a file that the rules above have checked under its first name.
    private static string? WindowsFault(string segment)
    {
        if (segment.AsSpan().IndexOfAny(":*?\"<>|\\") >= 0 || segment.AsSpan().ContainsAnyInRange('\u0001', '\u001F'))
            return "The file's name holds a character that Windows does not have in names.";
        if (segment[^1] is '.' or ' ')
            return "The file's name ends in a dot or a blank.";
        var dot = segment.IndexOf('.', StringComparison.Ordinal);
        var stem = segment.AsSpan(0, dot < 0 ? segment.Length : dot).TrimEnd(' ');
        foreach (var device in WindowsDevices)
        {
            if (stem.Equals(device, StringComparison.OrdinalIgnoreCase))
                return "The file's name is that of a device.";
        }

        return null;
    }

    private static FilePath? Refused(string why, out string fault)
    {
        fault = why;
        return null;
    }
}

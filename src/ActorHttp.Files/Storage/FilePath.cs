using System.Text;
using ActorHttp.Uris;

namespace ActorHttp.Files.Storage;

/// <summary>
/// The part of a request path after <c>/files/</c>, decoded and checked. No segment leads to a parent folder or out of the root.
/// </summary>
internal sealed record FilePath
{
    // The longest name of most file systems (NAME_MAX), in bytes.
    private const int LongestName = 255;

    // The folder of well-known URIs (RFC 8615). This folder is served, although its name begins with a dot.
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

    /// <summary>Whether the path ends in a slash. Such a path can only be the path of a directory.</summary>
    public bool IsDirectory { get; }

    /// <summary>The last segment; empty for the root.</summary>
    public string Name => Segments.Count == 0 ? "" : Segments[^1];

    /// <summary>
    /// Whether a segment begins with a dot. The segment <c>.well-known</c> directly below the root does not count (RFC 8615).
    /// </summary>
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
    /// Parses a path that is percent-encoded. Returns null for an invalid path, and the reason in <paramref name="fault"/>.
    /// </summary>
    public static FilePath? Parse(string encoded, out string fault) =>
        Parse(encoded, OperatingSystem.IsWindows(), OperatingSystem.IsLinux(), out fault);

    /// <summary>
    /// Parses a path by the rules of the given system. Tests use this method for systems on which the test does not run.
    /// </summary>
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

        // A "." segment stands for the folder itself (RFC 3986 §6.2.2.3). Some clients, such as rclone, send "." segments,
        // because they append "./a:b" to an address as text.
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

    /// <summary>Whether this name is allowed as a segment of a path. A listing contains only allowed names.</summary>
    public static bool IsServed(string name) => NameFault(name, OperatingSystem.IsWindows()) is null;

    /// <summary>The path of the folder that contains the last segment. The parent of the root is the root.</summary>
    public FilePath Parent => new([.. Segments.Take(Segments.Count - 1)], isDirectory: true);

    /// <summary>Returns the path of an entry in the directory at this path.</summary>
    public FilePath Child(string name) => new([.. Segments, name], isDirectory: false);

    /// <summary>Returns the path of another entry in the parent directory of this path.</summary>
    public FilePath Sibling(string name) => new([.. Segments.Take(Segments.Count - 1), name], isDirectory: false);

    private static string? NameFault(string segment, bool isWindows)
    {
        // Clients remove dot segments before they send a request (RFC 3986 §5.2.4). A request with dot segments is probably an
        // attack.
        if (segment is "" or "." or "..")
            return "The path holds an empty segment, '.' or '..'.";
        if (FileName.Encode(segment).Length > LongestName)
            return $"A name in the path is longer than {LongestName} bytes.";
        if (UploadFile.IsTemporary(segment))
            return "Names of this kind are used by the server itself.";
        return isWindows ? WindowsFault(segment) : null;
    }

    // Returns the reason why a name is not allowed on Windows; null when the name is allowed. A backslash separates names on
    // Windows. If the part before the first dot is the name of a device, Windows opens the device. The part after a colon opens
    // another stream of the file. Windows drops dots and blanks at the end. Each of these cases gives a file a second name, which
    // the checks above would not recognise.
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

using System.Text;
using ActorHttp.Uris;

namespace ActorHttp.Files.Storage;

/// <summary>The part of a path behind <c>/files/</c>, decoded and found harmless by itself: it names no way up or out.</summary>
internal sealed record FilePath
{
    // NAME_MAX of every file system in common use, in bytes.
    private const int LongestName = 255;

    // RFC 8615: the one folder with a dot whose purpose is to be asked for.
    private const string WellKnown = ".well-known";

    // Names that open a device on Windows, whatever their folder and extension.
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

    /// <summary>Whether it ends in a slash, and so can only mean a directory.</summary>
    public bool IsDirectory { get; }

    /// <summary>The file's own name; empty for the root.</summary>
    public string Name => Segments.Count == 0 ? "" : Segments[^1];

    /// <summary>Whether a name on the way begins with a dot, but for the one that RFC 8615 gives to everybody.</summary>
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

    /// <summary>Reads a path that is still percent-encoded. When it is refused, <paramref name="fault"/> says why.</summary>
    public static FilePath? Parse(string encoded, out string fault) =>
        Parse(encoded, OperatingSystem.IsWindows(), OperatingSystem.IsLinux(), out fault);

    /// <summary>The same by the rules of another system.</summary>
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

        // RFC 3986 §6.2.2.3: the folder itself. Clients that join an address and "./a:b" as texts send it (rclone does).
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

    /// <summary>Whether a path with this name in it is served. A listing shows only such names.</summary>
    public static bool IsServed(string name) => NameFault(name, OperatingSystem.IsWindows()) is null;

    /// <summary>The path of the folder that the last name is in. The root is its own parent.</summary>
    public FilePath Parent => new([.. Segments.Take(Segments.Count - 1)], isDirectory: true);

    /// <summary>The path of something in the directory that this one names.</summary>
    public FilePath Child(string name) => new([.. Segments, name], isDirectory: false);

    /// <summary>The path of something else in the directory that this one is in.</summary>
    public FilePath Sibling(string name) => new([.. Segments.Take(Segments.Count - 1), name], isDirectory: false);

    private static string? NameFault(string segment, bool isWindows)
    {
        // Clients resolve dots themselves (RFC 3986 §5.2.4). One that sends them wants something else.
        if (segment is "" or "." or "..")
            return "The path holds an empty segment, '.' or '..'.";
        if (FileName.Encode(segment).Length > LongestName)
            return $"A name in the path is longer than {LongestName} bytes.";
        if (UploadFile.IsTemporary(segment))
            return "Names of this kind are used by the server itself.";
        return isWindows ? WindowsFault(segment) : null;
    }

    // A backslash separates names on Windows, and is an ordinary character elsewhere. Windows finds a device by the name before the first dot, another stream of the file behind a colon, and drops dots and
    // blanks at the end: each is a second name for what the rules above have looked at under the first.
    private static string? WindowsFault(string segment)
    {
        if (segment.AsSpan().IndexOfAny(":*?\"<>|\\") >= 0 || segment.AsSpan().ContainsAnyInRange('\u0001', '\u001F'))
            return "The file's name holds a character that Windows does not have in names.";
        if (segment[^1] is '.' or ' ')
            return "The file's name ends in a dot or a blank.";
        var stem = segment.AsSpan(0, segment.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0 ? dot : segment.Length).TrimEnd(' ');
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

using System.Text;
using ActorHttp.Protocol;

namespace ActorHttp.Handlers.Files;

/// <summary>The part of a path behind <c>/files/</c>, decoded and found harmless by itself: it names no way up or out.</summary>
internal sealed record FilePath
{
    // NAME_MAX of every file system in common use, in bytes.
    private const int LongestName = 255;

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

    /// <summary>Reads a path that is still percent-encoded. When it is refused, <paramref name="fault"/> says why.</summary>
    public static FilePath? Parse(string encoded, out string fault)
    {
        if (!PercentEncoding.TryDecodeUtf8(encoded, out var decoded))
            return Refused("The file's name is not UTF-8.", out fault);
        if (decoded.Contains('\0', StringComparison.Ordinal))
            return Refused("The file's name holds a NUL.", out fault);

        // A separator on Windows. Refused everywhere: a store that moves must not change what its names mean.
        if (decoded.Contains('\\', StringComparison.Ordinal))
            return Refused("The file's name holds a backslash.", out fault);
        if (OperatingSystem.IsWindows() && decoded.Contains(':', StringComparison.Ordinal))
            return Refused("The file's name holds a colon.", out fault);
        var isDirectory = decoded.Length == 0 || decoded.EndsWith('/');
        var segments = decoded.Length == 0 ? [] : (isDirectory ? decoded[..^1] : decoded).Split('/');
        foreach (var segment in segments)
        {
            // Clients resolve dots themselves (RFC 3986 §5.2.4). One that sends them wants something else.
            if (segment is "" or "." or "..")
                return Refused("The path holds an empty segment, '.' or '..'.", out fault);
            if (Encoding.UTF8.GetByteCount(segment) > LongestName)
                return Refused($"A name in the path is longer than {LongestName} bytes.", out fault);
            if (segment.StartsWith(Upload.TemporaryPrefix, StringComparison.Ordinal))
                return Refused("Names of this kind are used by the server itself.", out fault);
        }

        fault = "";
        return new FilePath(segments, isDirectory);
    }

    private static FilePath? Refused(string why, out string fault)
    {
        fault = why;
        return null;
    }
}

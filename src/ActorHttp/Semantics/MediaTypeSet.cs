using System.Collections.Frozen;
using ActorHttp.Fields;

namespace ActorHttp.Semantics;

/// <summary>
/// A set of media types, given by patterns. A pattern is one media type ("text/html"), all subtypes of a type ("text/*"), or all
/// types with a structured syntax suffix ("*+json", RFC 6838 §4.2.8).
/// </summary>
internal sealed class MediaTypeSet
{
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _types;
    private readonly string[] _kinds;
    private readonly string[] _suffixes;

    private MediaTypeSet(string[] patterns)
    {
        Patterns = patterns;
        _kinds = [.. patterns.Where(pattern => pattern[^1] == '*').Select(pattern => pattern[..^1])];
        _suffixes = [.. patterns.Where(pattern => pattern[0] == '*').Select(pattern => pattern[1..])];
        _types = patterns.Where(pattern => !pattern.Contains('*'))
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The patterns, unchanged.</summary>
    public string[] Patterns { get; }

    /// <summary>Creates the set of all media types that match at least one pattern.</summary>
    /// <exception cref="FormatException">One of the texts is not a pattern (<see cref="IsPattern"/>).</exception>
    public static MediaTypeSet Of(IEnumerable<string> patterns)
    {
        string[] all = [.. patterns];
        var wrong = Array.FindIndex(all, pattern => !IsPattern(pattern));
        return wrong < 0
            ? new MediaTypeSet(all)
            : throw new FormatException($"\"{all[wrong]}\" is neither a media type nor a pattern for some.");
    }

    /// <summary>Whether the text is a media type without parameters, or "type/*", or "*+suffix".</summary>
    // "*/*" is not a pattern, because it would add images, videos and archives. A coding rarely makes such files smaller, so the
    // operator must list their types one by one.
    public static bool IsPattern(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("*+"))
        {
            return IsName(text[2..]);
        }

        var slash = text.IndexOf('/');
        return slash >= 0 && IsName(text[..slash]) && (text[(slash + 1)..] is "*" || IsName(text[(slash + 1)..]));
    }

    /// <summary>
    /// Whether the set contains the media type of a Content-Type. The method ignores parameters and case, and allocates nothing.
    /// </summary>
    public bool Contains(ReadOnlySpan<char> contentType)
    {
        var semicolon = contentType.IndexOf(';');
        var type = (semicolon < 0 ? contentType : contentType[..semicolon]).Trim(" \t");

        // Server-sent events are never in the set, because an encoder delays bytes to compress better, and events must not be late.
        if (type.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        foreach (var kind in _kinds)
        {
            if (type.StartsWith(kind, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        foreach (var suffix in _suffixes)
        {
            if (type.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return _types.Contains(type);
    }

    // Whether the text is a type, a subtype or a suffix. A token may contain an asterisk, but a name with an asterisk would look like
    // a pattern that this class does not support.
    private static bool IsName(ReadOnlySpan<char> text) => FieldSyntax.IsToken(text) && !text.Contains('*');
}

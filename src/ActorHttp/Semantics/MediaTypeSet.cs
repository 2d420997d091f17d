using System.Collections.Frozen;
using ActorHttp.Fields;

namespace ActorHttp.Semantics;

/// <summary>
/// Media types by pattern: one of them ("text/html"), all of a kind ("text/*"), or all of a syntax ("*+json", RFC 6838 §4.2.8).
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

    /// <summary>The patterns as they were written.</summary>
    public string[] Patterns { get; }

    /// <summary>The set of what fits one of the patterns.</summary>
    /// <exception cref="FormatException">One of them is no pattern; see <see cref="IsPattern"/>.</exception>
    public static MediaTypeSet Of(IEnumerable<string> patterns)
    {
        string[] all = [.. patterns];
        var wrong = Array.FindIndex(all, pattern => !IsPattern(pattern));
        return wrong < 0 ? new MediaTypeSet(all) : throw new FormatException($"\"{all[wrong]}\" is neither a media type nor a pattern for some.");
    }

    /// <summary>Whether this is a media type without parameters, or "type/*", or "*+suffix".</summary>
    // No "*/*": what is left alone is pictures, films and archives, and that should be thought about for each.
    public static bool IsPattern(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("*+"))
        {
            return IsName(text[2..]);
        }

        var slash = text.IndexOf('/');
        return slash >= 0 && IsName(text[..slash]) && (text[(slash + 1)..] is "*" || IsName(text[(slash + 1)..]));
    }

    /// <summary>Whether a Content-Type is in the set; its parameters and its case do not count. It allocates nothing.</summary>
    public bool Contains(ReadOnlySpan<char> contentType)
    {
        var semicolon = contentType.IndexOf(';');
        var type = (semicolon < 0 ? contentType : contentType[..semicolon]).Trim(" \t");

        // An encoder holds events back to pack them better; an event is worth nothing when it is late.
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

    // A token could hold an asterisk, which would look like a pattern that we do not have.
    private static bool IsName(ReadOnlySpan<char> text) => FieldSyntax.IsToken(text) && !text.Contains('*');
}

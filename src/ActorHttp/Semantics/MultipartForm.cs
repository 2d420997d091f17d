using ActorHttp.Fields;

namespace ActorHttp.Semantics;

/// <summary>What a media type and the head of a part say of a form (RFC 7578).</summary>
internal static class MultipartForm
{
    private const string MediaType = "multipart/form-data";

    // RFC 2046 §5.1.1
    private const int LongestBoundary = 70;

    /// <summary>Whether a Content-Type is that of a form with files.</summary>
    public static bool IsForm(string? contentType)
    {
        var type = contentType.AsSpan();
        var semicolon = type.IndexOf(';');
        return (semicolon < 0 ? type : type[..semicolon]).Trim(" \t").Equals(MediaType, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The boundary that a Content-Type names; null when it names none that could be one.</summary>
    public static string? BoundaryOf(string contentType)
    {
        var rest = contentType.AsSpan();
        var semicolon = rest.IndexOf(';');
        rest = semicolon < 0 ? default : rest[semicolon..];
        while (TryTakeParameter(ref rest, out var name, out var value))
        {
            if (name.Equals("boundary", StringComparison.OrdinalIgnoreCase))
                return IsBoundary(value) ? value.ToString() : null;
        }

        return null;
    }

    /// <summary>
    /// Reads the head of a part, without the empty line at its end: bytes as Latin-1. Null when it is refused, and
    /// <paramref name="fault"/> says why.
    /// </summary>
    public static FormPart? ParseHead(string head, out string fault)
    {
        fault = "The head of a part breaks the grammar (RFC 7578 §4.8).";
        string? disposition = null;
        foreach (var line in head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || !FieldSyntax.IsToken(line.AsSpan(0, colon)) || !FieldSyntax.IsValue(line.AsSpan(colon + 1)))
                return null;
            var (name, value) = (line[..colon], line[(colon + 1)..].Trim(' ', '\t'));
            if (name.Equals("Content-Disposition", StringComparison.OrdinalIgnoreCase))
            {
                if (disposition is not null)
                    return null;
                disposition = value;
            }

            // §4.7 deprecates it, and a file that came in base64 would be stored in base64.
            if (name.Equals("Content-Transfer-Encoding", StringComparison.OrdinalIgnoreCase) && value.ToUpperInvariant() is not ("BINARY" or "8BIT" or "7BIT"))
            {
                fault = "Files are stored as they come: a part must not have a Content-Transfer-Encoding (RFC 7578 §4.7).";
                return null;
            }
        }

        return disposition is null ? null : ParseDisposition(disposition, ref fault);
    }

    private static FormPart? ParseDisposition(string disposition, ref string fault)
    {
        var rest = disposition.AsSpan();
        var semicolon = rest.IndexOf(';');
        if (!(semicolon < 0 ? rest : rest[..semicolon]).Trim(" \t").Equals("form-data", StringComparison.OrdinalIgnoreCase))
            return null;
        rest = semicolon < 0 ? default : rest[semicolon..];
        string? fileName = null;
        while (TryTakeParameter(ref rest, out var name, out var value))
        {
            if (name.Equals("filename*", StringComparison.OrdinalIgnoreCase))
            {
                fault = "filename* has no place in a form (RFC 7578 §4.2).";
                return null;
            }

            if (!name.Equals("filename", StringComparison.OrdinalIgnoreCase))
                continue;
            if (fileName is not null)
                return null;
            fileName = value.ToString();
        }

        return rest.IsEmpty ? Named(fileName, ref fault) : null;
    }

    private static FormPart? Named(string? fileName, ref string fault)
    {
        // §4.2: what is before the last slash is of the sender's disk. A backslash is a separator to some senders, an escape to
        // others, and a part of the name to the rest: nobody can tell what was meant.
        if (fileName?.Contains('\\', StringComparison.Ordinal) is true)
        {
            fault = "The name of a file holds a backslash.";
            return null;
        }

        if (string.IsNullOrEmpty(fileName))
            return new FormPart(fileName is null ? null : "");
        var name = fileName[(fileName.LastIndexOf('/') + 1)..];
        fault = "The name of a file ends in a slash.";
        return name.Length == 0 ? null : new FormPart(Unescape(name));
    }

    // Browsers and curl escape these three, and nothing else, the percent sign neither: any other "%41" is what it says
    // (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data).
    private static string Unescape(string name) => name
        .Replace("%22", "\"", StringComparison.Ordinal)
        .Replace("%0A", "\n", StringComparison.OrdinalIgnoreCase)
        .Replace("%0D", "\r", StringComparison.OrdinalIgnoreCase);

    // Takes ";name=value", its value a token or quoted. False at the end, where nothing is left, and at what breaks the grammar,
    // which is.
    private static bool TryTakeParameter(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> name, out ReadOnlySpan<char> value)
    {
        name = value = default;
        var text = rest.TrimStart(" \t");
        if (text.IsEmpty || text[0] != ';')
        {
            rest = text;
            return false;
        }

        text = text[1..].TrimStart(" \t");
        var equals = text.IndexOf('=');
        if (equals < 0 || !FieldSyntax.IsToken(text[..equals]))
            return false;
        name = text[..equals];
        text = text[(equals + 1)..];
        if (!text.IsEmpty && text[0] == '"')
        {
            var end = text[1..].IndexOf('"');
            if (end < 0)
                return false;
            value = text.Slice(1, end);
            text = text[(end + 2)..].TrimStart(" \t");
            if (!text.IsEmpty && text[0] != ';')
                return false;
            rest = text;
            return true;
        }

        var stop = text.IndexOf(';') is var next and >= 0 ? next : text.Length;
        value = text[..stop].TrimEnd(" \t");
        if (!FieldSyntax.IsToken(value))
            return false;
        rest = text[stop..];
        return true;
    }

    // boundary := 0*69<bchars> bcharsnospace
    private static bool IsBoundary(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.Length > LongestBoundary || text[^1] == ' ')
            return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"'()+_,-./:=? ".Contains(c, StringComparison.Ordinal))
                return false;
        }

        return true;
    }
}

/// <summary>A part of a form.</summary>
/// <param name="FileName">
/// The last segment of the file's name, its bytes as Latin-1; empty where no file was chosen; null for a field that is no file.
/// </param>
internal sealed record FormPart(string? FileName);

using ActorHttp.Fields;

namespace ActorHttp.Semantics;

/// <summary>Parses the Content-Type of a form, and the heads of its parts (RFC 7578).</summary>
public static class MultipartForm
{
    private const string MediaType = "multipart/form-data";

    // In characters (RFC 2046 §5.1.1).
    private const int LongestBoundary = 70;

    /// <summary>Whether a Content-Type is multipart/form-data.</summary>
    public static bool IsForm(string? contentType)
    {
        var type = contentType.AsSpan();
        var semicolon = type.IndexOf(';');
        return (semicolon < 0 ? type : type[..semicolon]).Trim(" \t").Equals(MediaType, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Returns the boundary parameter of a Content-Type; null when the parameter is missing or invalid.</summary>
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
    /// Parses the head of a part. Returns null for an invalid head; <paramref name="fault"/> then has the reason.
    /// </summary>
    /// <param name="head">The field lines, decoded as Latin-1. Empty lines are ignored.</param>
    /// <param name="fault">The error message for the client, valid only when the method returns null.</param>
    internal static FormPart? ParseHead(string head, out string fault)
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

            // §4.7 deprecates Content-Transfer-Encoding. The server does not decode such a part, and so would store a base64 file
            // in its encoded form.
            if (name.Equals("Content-Transfer-Encoding", StringComparison.OrdinalIgnoreCase)
                && value.ToUpperInvariant() is not ("BINARY" or "8BIT" or "7BIT"))
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
        // §4.2: the text before the last slash is a folder on the sender's disk, so the server drops this text. The server
        // refuses a name with a backslash, because the meaning of a backslash is unknown. Senders use a backslash as a separator,
        // as an escape, or as a part of the name.
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

    // Decodes the three characters that browsers and curl escape. Browsers and curl do not escape the percent sign, so any other
    // sequence such as "%41" is literal text
    // (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data).
    private static string Unescape(string name) => name
        .Replace("%22", "\"", StringComparison.Ordinal)
        .Replace("%0A", "\n", StringComparison.OrdinalIgnoreCase)
        .Replace("%0D", "\r", StringComparison.OrdinalIgnoreCase);

    // Removes one parameter ";name=value" from the rest. The value is a token or in quotes. Returns false at the end of the text,
    // and for a malformed parameter. The rest is empty in the first case only.
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

    // Whether the text is a boundary: 0*69<bchars> bcharsnospace.
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
/// The last segment of the file's name, decoded as Latin-1. Empty when the user chose no file; null when the part is not a file.
/// </param>
public sealed record FormPart(string? FileName);

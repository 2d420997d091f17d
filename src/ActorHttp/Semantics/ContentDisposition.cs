using System.Text;

namespace ActorHttp.Semantics;

/// <summary>Writes the Content-Disposition field of a response (RFC 6266).</summary>
public static class ContentDisposition
{
    private const char Replacement = '_';

    /// <summary>
    /// Returns the field value that makes a client save the answer under this name. The value contains the name twice when plain
    /// ASCII cannot represent the name (RFC 6266 §4.3, RFC 8187 §3.2). The parameter <c>filename</c> has an approximation for old
    /// clients, and the parameter <c>filename*</c> has the exact name.
    /// </summary>
    public static string Attachment(string fileName)
    {
        // Uses the last segment of the path only. RFC 6266 §4.3 tells recipients to drop the other segments. A recipient that
        // does not drop the other segments could write to a folder of the sender's choice.
        var name = fileName.AsSpan(fileName.AsSpan().LastIndexOfAny('/', '\\') + 1);
        var value = new StringBuilder("attachment; filename=\"");
        var isWhole = true;
        foreach (var rune in name.EnumerateRunes())
        {
            // Replaces quotes by an underscore instead of a backslash escape, because many clients do not understand a backslash
            // escape. Replaces percent signs, because some clients decode a percent sign and two digits (RFC 6266, appendix D).
            // In both cases filename* has the exact name.
            var isPlain = rune.IsAscii && !Rune.IsControl(rune) && rune.Value is not ('"' or '%');
            value.Append(isPlain ? (char)rune.Value : Replacement);
            isWhole &= isPlain;
        }

        value.Append('"');
        return isWhole ? value.ToString() : AppendWhole(value, name).ToString();
    }

    // ext-value = charset "'" [ language ] "'" value-chars
    private static StringBuilder AppendWhole(StringBuilder value, ReadOnlySpan<char> name)
    {
        value.Append("; filename*=UTF-8''");
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in name.EnumerateRunes())
        {
            // Replaces control characters, because no client needs control characters in a name. EnumerateRunes returns U+FFFD
            // for a lone surrogate.
            var written = (Rune.IsControl(rune) ? new Rune(Replacement) : rune).EncodeToUtf8(utf8);
            foreach (var b in utf8[..written])
            {
                if (IsAttributeChar(b))
                {
                    value.Append((char)b);
                }
                else
                {
                    value.Append('%').Append(b.ToString("X2"));
                }
            }
        }

        return value;
    }

    // attr-char = ALPHA / DIGIT / "!" / "#" / "$" / "&" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~"
    private static bool IsAttributeChar(byte b) =>
        char.IsAsciiLetterOrDigit((char)b) || "!#$&+-.^_`|~"u8.Contains(b);
}

using System.Text;

namespace ActorHttp.Semantics;

/// <summary>Content-Disposition, as a server writes it (RFC 6266).</summary>
internal static class ContentDisposition
{
    private const char Replacement = '_';

    /// <summary>
    /// The value that has a client save the answer under this name. A name that ASCII cannot say is given twice: once as near
    /// as that comes to it, and once whole, for clients of this century (RFC 6266 §4.3, RFC 8187 §3.2).
    /// </summary>
    public static string Attachment(string fileName)
    {
        // Only the last segment: §4.3 has recipients drop the rest, and who does not would write where the name tells it to.
        var name = fileName.AsSpan(fileName.AsSpan().LastIndexOfAny('/', '\\') + 1);
        var value = new StringBuilder("attachment; filename=\"");
        var isWhole = true;
        foreach (var rune in name.EnumerateRunes())
        {
            // Not as quoted-pairs: many clients take a backslash for what it says. A "%" that hexadecimal digits could follow
            // is decoded by some (RFC 6266, appendix D). Each of these has the exact name behind it.
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
            // A lone surrogate comes out of the enumeration as U+FFFD. A control is in no name that a client could want.
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

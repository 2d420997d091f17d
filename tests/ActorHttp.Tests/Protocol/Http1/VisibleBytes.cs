using System.Globalization;
using System.Text;

namespace ActorHttp.Tests.Protocol.Http1;

/// <summary>Bytes as people read them in the vectors: <c>\r\n</c>, <c>\x80</c>, <c>{a*8192}</c> (Vectors/README.md).</summary>
internal static class VisibleBytes
{
    /// <summary>The bytes that <paramref name="text"/> stands for, one Latin-1 character each.</summary>
    public static string Decode(string text)
    {
        var decoded = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\':
                    decoded.Append(Escape(text, ref i));
                    break;
                case '{':
                    var end = text.IndexOf('}', i);
                    var star = end < 0 ? -1 : text.LastIndexOf('*', end);
                    if (star < i)
                        throw new FormatException($"'{text}': a brace that opens no {{text*count}} is written \\{{.");
                    var count = int.Parse(text.AsSpan()[(star + 1)..end], CultureInfo.InvariantCulture);
                    decoded.Insert(decoded.Length, Decode(text[(i + 1)..star]), count);
                    i = end;
                    break;
                case < ' ' or > '~':
                    throw new FormatException($"'{text}': only visible ASCII stands for itself.");
                default:
                    decoded.Append(text[i]);
                    break;
            }
        }

        return decoded.ToString();
    }

    /// <summary>The way back, without repetitions; long texts lose their middle.</summary>
    public static string Encode(string text)
    {
        const int longest = 240;
        if (text.Length > longest)
            return $"{Encode(text[..(longest / 2)])} … {text.Length - longest} more … {Encode(text[^(longest / 2)..])}";
        var encoded = new StringBuilder();
        foreach (var c in text)
        {
            _ = c switch
            {
                '\r' => encoded.Append("\\r"),
                '\n' => encoded.Append("\\n"),
                '\t' => encoded.Append("\\t"),
                '\0' => encoded.Append("\\0"),
                '\\' => encoded.Append("\\\\"),
                '{' => encoded.Append("\\{"),
                < ' ' or > '~' => encoded.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:X2}"),
                _ => encoded.Append(c),
            };
        }

        return encoded.ToString();
    }

    public static string Encode(ReadOnlySpan<byte> bytes) => Encode(Encoding.Latin1.GetString(bytes));

    private static char Escape(string text, ref int i)
    {
        if (++i == text.Length)
            throw new FormatException($"'{text}' ends in half an escape.");
        switch (text[i])
        {
            case 'r':
                return '\r';
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case '0':
                return '\0';
            case '\\' or '{':
                return text[i];
            case 'x' when i + 2 < text.Length:
                i += 2;
                return (char)byte.Parse(text.AsSpan(i - 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            default:
                throw new FormatException($"'{text}': there is no escape \\{text[i]}.");
        }
    }
}

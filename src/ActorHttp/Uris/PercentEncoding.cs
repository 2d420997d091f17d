using System.Buffers;
using System.Text;

namespace ActorHttp.Uris;

/// <summary>Checks, decodes and writes percent-encoding (RFC 3986 §2.1).</summary>
public static class PercentEncoding
{
    // The unreserved characters and the slash.
    private static readonly SearchValues<byte> PathSafe = SearchValues.Create(
        "-._~/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Whether two hex digits follow each percent sign.</summary>
    public static bool IsValid(ReadOnlySpan<byte> text)
    {
        for (var at = text.IndexOf((byte)'%'); at >= 0; at = text.IndexOf((byte)'%'))
        {
            if (text.Length < at + 3 || !char.IsAsciiHexDigit((char)text[at + 1]) || !char.IsAsciiHexDigit((char)text[at + 2]))
                return false;
            text = text[(at + 3)..];
        }

        return true;
    }

    /// <summary>Decodes a text into bytes. The caller must check the text with <see cref="IsValid"/> before.</summary>
    public static byte[] Decode(ReadOnlySpan<char> text)
    {
        if (!text.Contains('%'))
        {
            var plain = new byte[text.Length];
            Encoding.Latin1.GetBytes(text, plain);
            return plain;
        }

        var decoded = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length)
            {
                decoded[length++] = (byte)((HexValue(text[i + 1]) << 4) | HexValue(text[i + 2]));
                i += 2;
            }
            else
            {
                decoded[length++] = (byte)text[i];
            }
        }

        return decoded[..length];
    }

    /// <summary>
    /// Decodes the percent-encoded unreserved characters of a path (RFC 3986 §6.2.2.2): <c>/%65cho</c> becomes <c>/echo</c>. Encoded
    /// percent signs stay encoded, so a later call of <see cref="Decode"/> decodes no character twice.
    /// </summary>
    public static string NormalizeUnreserved(string path)
    {
        var at = path.IndexOf('%', StringComparison.Ordinal);
        if (at < 0)
            return path;
        var normal = new StringBuilder(path, 0, at, path.Length);
        for (var i = at; i < path.Length; i++)
        {
            if (path[i] == '%'
                && i + 2 < path.Length
                && (char)((HexValue(path[i + 1]) << 4) | HexValue(path[i + 2])) is var c
                && IsUnreserved(c))
            {
                normal.Append(c);
                i += 2;
            }
            else
            {
                normal.Append(path[i]);
            }
        }

        return normal.ToString();
    }

    /// <summary>Encodes bytes as a path of a URI. Unreserved characters and slashes stay unencoded.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.ContainsAnyExcept(PathSafe))
            return Encoding.ASCII.GetString(bytes);
        var encoded = new StringBuilder(bytes.Length + 16);
        foreach (var b in bytes)
        {
            if (PathSafe.Contains(b))
                encoded.Append((char)b);
            else
                encoded.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }

    private static bool IsUnreserved(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~';

    private static int HexValue(char c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

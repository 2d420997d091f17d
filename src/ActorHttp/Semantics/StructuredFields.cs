using System.Buffers;
using ActorHttp.Fields;

namespace ActorHttp.Semantics;

/// <summary>
/// Parses the types of structured fields (RFC 9651) that the server needs. Parsing is strict, so that all implementations either
/// interpret a field in the same way or reject the field. §1.1: "the only error handling defined is to fail the entire operation
/// altogether".
/// </summary>
public static class StructuredFields
{
    private const int MostDigits = 15;
    private const int MostDigitsBeforePoint = 12;
    private const int MostDigitsBehindPoint = 3;

    private static readonly SearchValues<char> Base64 =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    private static readonly SearchValues<char> KeyChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-.*");

    /// <summary>Parses a field whose value is one boolean, ?0 or ?1 (RFC 9651 §3.3.6).</summary>
    public static bool TryParseBoolean(ReadOnlySpan<char> text, out bool value)
    {
        text = text.Trim(' ');
        value = text.StartsWith("?1");
        return TrySkipBoolean(ref text) && TrySkipParameters(ref text) && text.IsEmpty;
    }

    /// <summary>Parses a field whose value is one integer (RFC 9651 §3.3.1). Returns false for a negative integer.</summary>
    public static bool TryParseInteger(ReadOnlySpan<char> text, out long value)
    {
        text = text.Trim(' ');
        return TryTakeInteger(ref text, out value) && value >= 0 && TrySkipParameters(ref text) && text.IsEmpty;
    }

    // Removes a key from the start of the text: key = ( lcalpha / "*" ) *( lcalpha / DIGIT / "_" / "-" / "." / "*" ).
    internal static bool TryTakeKey(scoped ref ReadOnlySpan<char> text, out ReadOnlySpan<char> key)
    {
        var end = text.IndexOfAnyExcept(KeyChars);
        key = end < 0 ? text : text[..end];
        text = text[key.Length..];
        return !key.IsEmpty && (char.IsAsciiLetterLower(key[0]) || key[0] == '*');
    }

    // Removes an integer from the start of the text (§4.2.4). Returns false for a decimal.
    internal static bool TryTakeInteger(scoped ref ReadOnlySpan<char> text, out long value)
    {
        var whole = text;
        value = 0;
        if (!TrySkipNumber(ref text, out var isInteger) || !isInteger)
        {
            return false;
        }

        var isNegative = whole[0] == '-';
        foreach (var digit in whole[(isNegative ? 1 : 0)..(whole.Length - text.Length)])
        {
            value = (value * 10) + (digit - '0');
        }

        value = isNegative ? -value : value;
        return true;
    }

    // Removes a byte sequence from the start of the text: ":" *( base64 ) ":". §4.2.7 accepts a value without padding, but incomplete
    // padding is not valid base64.
    internal static bool TryTakeBytes(scoped ref ReadOnlySpan<char> text, out ReadOnlySpan<char> base64)
    {
        base64 = default;
        if (text.IsEmpty || text[0] != ':')
        {
            return false;
        }

        var end = text[1..].IndexOf(':');
        if (end < 0)
        {
            return false;
        }

        var coded = text.Slice(1, end);
        base64 = coded.TrimEnd('=');
        text = text[(end + 2)..];
        var padding = coded.Length - base64.Length;
        return !base64.ContainsAnyExcept(Base64) && base64.Length % 4 != 1
            && (padding == 0 || (padding <= 2 && coded.Length % 4 == 0));
    }

    /// <summary>Skips the parameters of an item (RFC 9651 §3.1.2). Returns false for malformed parameters.</summary>
    // parameters = *( ";" *SP key [ "=" bare-item ] )
    internal static bool TrySkipParameters(scoped ref ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty && text[0] == ';')
        {
            text = text[1..].TrimStart(' ');
            if (!TryTakeKey(ref text, out _))
            {
                return false;
            }

            if (text.IsEmpty || text[0] != '=')
            {
                continue;
            }

            text = text[1..];
            if (!TrySkipBareItem(ref text))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TrySkipBareItem(scoped ref ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return false;
        }

        switch (text[0])
        {
            case '?':
                return TrySkipBoolean(ref text);
            case ':':
                return TryTakeBytes(ref text, out _);
            case '"':
                return TrySkipString(ref text);
            case '%':
                return TrySkipDisplayString(ref text);
            case '@':
                text = text[1..];
                return TrySkipNumber(ref text, out var isInteger) && isInteger;
            case '-' or (>= '0' and <= '9'):
                return TrySkipNumber(ref text, out _);
            default:
                return TrySkipToken(ref text);
        }
    }

    private static bool TrySkipBoolean(scoped ref ReadOnlySpan<char> text)
    {
        var isBoolean = text.Length >= 2 && text[0] == '?' && text[1] is '0' or '1';
        text = isBoolean ? text[2..] : text;
        return isBoolean;
    }

    // sf-integer = ["-"] 1*15DIGIT, sf-decimal = ["-"] 1*12DIGIT "." 1*3DIGIT
    private static bool TrySkipNumber(scoped ref ReadOnlySpan<char> text, out bool isInteger)
    {
        isInteger = true;
        if (!text.IsEmpty && text[0] == '-')
        {
            text = text[1..];
        }

        var digits = SkipDigits(ref text);
        if (digits == 0 || digits > MostDigits)
        {
            return false;
        }

        if (text.IsEmpty || text[0] != '.')
        {
            return true;
        }

        isInteger = false;
        text = text[1..];
        return digits <= MostDigitsBeforePoint && SkipDigits(ref text) is >= 1 and <= MostDigitsBehindPoint;
    }

    private static int SkipDigits(scoped ref ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        var count = end < 0 ? text.Length : end;
        text = text[count..];
        return count;
    }

    // sf-string = DQUOTE *( unescaped / "\" ( DQUOTE / "\" ) ) DQUOTE
    private static bool TrySkipString(scoped ref ReadOnlySpan<char> text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                text = text[(i + 1)..];
                return true;
            }

            if (text[i] is < ' ' or > '~' || (text[i] == '\\' && (++i == text.Length || text[i] is not ('"' or '\\'))))
            {
                return false;
            }
        }

        return false;
    }

    // §4.2.10: "%" DQUOTE, then visible ASCII and "%" with two lowercase hex digits. The method does not check for valid UTF-8.
    private static bool TrySkipDisplayString(scoped ref ReadOnlySpan<char> text)
    {
        if (!text.StartsWith("%\""))
        {
            return false;
        }

        for (var i = 2; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                text = text[(i + 1)..];
                return true;
            }

            if (text[i] is < ' ' or > '~')
            {
                return false;
            }

            if (text[i] == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigitLower(text[i + 1]) || !char.IsAsciiHexDigitLower(text[i + 2]))
                {
                    return false;
                }

                i += 2;
            }
        }

        return false;
    }

    // sf-token = ( ALPHA / "*" ) *( tchar / ":" / "/" )
    private static bool TrySkipToken(scoped ref ReadOnlySpan<char> text)
    {
        if (!char.IsAsciiLetter(text[0]) && text[0] != '*')
        {
            return false;
        }

        var end = 1;
        while (end < text.Length && (text[end] is ':' or '/' || FieldSyntax.IsToken(text.Slice(end, 1))))
        {
            end++;
        }

        text = text[end..];
        return true;
    }
}

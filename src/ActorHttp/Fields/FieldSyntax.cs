using System.Buffers;

namespace ActorHttp.Fields;

/// <summary>Checks the characters of field names, tokens and field values (RFC 9110 §5.5, §5.6.2).</summary>
internal static class FieldSyntax
{
    private const string TokenCharacters =
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // The characters of a token (tchar).
    private static readonly SearchValues<char> TokenChars = SearchValues.Create(TokenCharacters);
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create(TokenCharacters.Select(c => (byte)c).ToArray());

    // The control characters except HTAB. Bytes above 0x7F are obs-text: obsolete, but allowed.
    private static readonly SearchValues<byte> NotInValueBytes = SearchValues.Create(
        Enumerable.Range(0, 0x20).Where(b => b != '\t').Append(0x7F).Select(b => (byte)b).ToArray());

    private static readonly SearchValues<char> NotInValueChars = SearchValues.Create(
        Enumerable.Range(0, 0x20).Where(b => b != '\t').Append(0x7F).Select(b => (char)b).ToArray());

    public static bool IsTokenByte(byte b) => TokenBytes.Contains(b);

    public static bool IsToken(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && !bytes.ContainsAnyExcept(TokenBytes);

    public static bool IsToken(ReadOnlySpan<char> chars) => !chars.IsEmpty && !chars.ContainsAnyExcept(TokenChars);

    /// <summary>Returns the length of the token at the start of <paramref name="bytes"/>; 0 when there is no token.</summary>
    public static int TokenLength(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAnyExcept(TokenBytes);
        return end < 0 ? bytes.Length : end;
    }

    public static bool IsValue(ReadOnlySpan<byte> bytes) => !bytes.ContainsAny(NotInValueBytes);

    public static bool IsValue(ReadOnlySpan<char> chars) =>
        !chars.ContainsAny(NotInValueChars) && !chars.ContainsAnyExceptInRange('\0', '\u00FF');

    /// <summary>Removes the optional whitespace (OWS, RFC 9110 §5.6.3) on both sides: spaces and tabs are not part of a value.</summary>
    public static ReadOnlySpan<byte> TrimBlanks(ReadOnlySpan<byte> bytes) => bytes.Trim(" \t"u8);
}

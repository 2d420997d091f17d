namespace ActorHttp.Semantics;

/// <summary>
/// Reads a structured dictionary whose members are integers or byte sequences (RFC 9651 §3.2), member by member. Nothing may
/// be done with what was read before <see cref="Read"/> has said that there is no more and <see cref="IsMalformed"/> that all
/// of it was well-formed: the field counts whole or not at all. Of members with one key the last counts.
/// </summary>
internal ref struct StructuredDictionary
{
    private ReadOnlySpan<char> _rest;
    private ReadOnlySpan<char> _base64;
    private bool _hasBegun;

    public StructuredDictionary(ReadOnlySpan<char> text) => _rest = text.Trim(' ');

    /// <summary>Whether reading stopped at something that is no such dictionary.</summary>
    public bool IsMalformed { get; private set; }

    public ReadOnlySpan<char> Key { get; private set; }

    /// <summary>Whether the member is a byte sequence, and no integer.</summary>
    public bool IsBytes { get; private set; }

    public long Integer { get; private set; }

    /// <summary>Goes to the next member; false at the end, and where the text breaks the grammar.</summary>
    public bool Read()
    {
        if (IsMalformed || _rest.IsEmpty)
        {
            return false;
        }

        IsMalformed = (_hasBegun && !TrySkipComma()) || !TryReadMember();
        _hasBegun = true;
        return !IsMalformed;
    }

    /// <summary>Decodes the member's bytes; false when they do not fit.</summary>
    public readonly bool TryGetBytes(Span<byte> destination, out int count)
    {
        count = (int)(_base64.Length * 3L / 4);
        if (count > destination.Length)
        {
            return false;
        }

        // The platform's decoder wants the padding that the field may have left out.
        Span<char> padded = stackalloc char[4];
        var whole = _base64.Length / 4 * 4;
        if (!Convert.TryFromBase64Chars(_base64[..whole], destination, out var written))
        {
            return false;
        }

        if (whole == _base64.Length)
        {
            return true;
        }

        padded.Fill('=');
        _base64[whole..].CopyTo(padded);
        return Convert.TryFromBase64Chars(padded, destination[written..], out _);
    }

    // §4.2.2: blanks on either side, and a comma at the end is an error: unlike in lists of old, there are no empty members.
    private bool TrySkipComma()
    {
        _rest = _rest.TrimStart(" \t");
        if (_rest.IsEmpty || _rest[0] != ',')
        {
            return false;
        }

        _rest = _rest[1..].TrimStart(" \t");
        return true;
    }

    // A key without a value is the boolean true, which nobody asks for here.
    private bool TryReadMember()
    {
        if (!StructuredFields.TryTakeKey(ref _rest, out var key) || _rest.IsEmpty || _rest[0] != '=')
        {
            return false;
        }

        Key = key;
        _rest = _rest[1..];
        IsBytes = !_rest.IsEmpty && _rest[0] == ':';
        if (IsBytes)
        {
            Integer = 0;
            return StructuredFields.TryTakeBytes(ref _rest, out _base64) && StructuredFields.TrySkipParameters(ref _rest);
        }

        _base64 = default;
        var isInteger = StructuredFields.TryTakeInteger(ref _rest, out var integer);
        Integer = integer;
        return isInteger && StructuredFields.TrySkipParameters(ref _rest);
    }
}

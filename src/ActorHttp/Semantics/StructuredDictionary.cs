namespace ActorHttp.Semantics;

/// <summary>
/// Reads a structured dictionary whose members are integers or byte sequences (RFC 9651 §3.2), member by member. One malformed
/// member makes the whole field invalid. So the caller must read all members, until <see cref="Read"/> returns false, and must
/// ignore all members when <see cref="IsMalformed"/> is true. When several members have the same key, the caller must use the
/// last member only.
/// </summary>
internal ref struct StructuredDictionary
{
    private ReadOnlySpan<char> _rest;
    private ReadOnlySpan<char> _base64;
    private bool _hasBegun;

    public StructuredDictionary(ReadOnlySpan<char> text) => _rest = text.Trim(' ');

    /// <summary>
    /// Whether the text is not a dictionary of integers and byte sequences. <see cref="Read"/> stops at the first error.
    /// </summary>
    public bool IsMalformed { get; private set; }

    public ReadOnlySpan<char> Key { get; private set; }

    /// <summary>Whether the current member is a byte sequence; otherwise it is an integer.</summary>
    public bool IsBytes { get; private set; }

    public long Integer { get; private set; }

    /// <summary>Moves to the next member. Returns false at the end of the text and at a syntax error.</summary>
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

    /// <summary>Decodes the byte sequence of the current member. Returns false when the destination is too small.</summary>
    public readonly bool TryGetBytes(Span<byte> destination, out int count)
    {
        count = (int)(_base64.Length * 3L / 4);
        if (count > destination.Length)
        {
            return false;
        }

        // Adds the padding: TryFromBase64Chars requires padding, but the field may omit the padding.
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

    // Skips a comma with blanks on both sides (§4.2.2). A comma at the end is an error: a structured field must not have empty
    // members, unlike the lists of RFC 9110.
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

    // Reads one member. A key without a value means the boolean true. The method refuses such a member, because true is neither
    // an integer nor a byte sequence.
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

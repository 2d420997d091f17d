namespace ActorHttp.Protocol.Http1;

/// <summary>
/// Remembers the last field section of a connection and the head that was parsed from this section. Most clients send the same
/// fields with each request. When the bytes are equal, the reader reuses the head and does not parse the section again.
/// </summary>
internal sealed class KnownSection
{
    // In bytes. The field section of a browser has 500 to 1,500 bytes. The size is limited because every connection keeps its
    // copy of the section until the connection ends.
    private const int LargestSize = 2 * 1024;

    private byte[] _bytes = [];
    private int _length;
    private RequestHead? _head;

    /// <summary>
    /// Returns the remembered head when <paramref name="input"/> begins with the remembered section, including the empty line;
    /// otherwise null. <paramref name="size"/> is the size of that section in bytes.
    /// </summary>
    public RequestHead? Recall(ReadOnlySpan<byte> input, out int size)
    {
        size = _length;
        return _head is not null && input.StartsWith(_bytes.AsSpan(0, _length)) ? _head : null;
    }

    /// <summary>Remembers a complete section and its head, unless the section is too large.</summary>
    public void Keep(ReadOnlySpan<byte> section, RequestHead head)
    {
        if (section.Length > LargestSize)
            return;
        if (_bytes.Length < section.Length)
            _bytes = new byte[section.Length];
        section.CopyTo(_bytes);
        _length = section.Length;
        _head = head;
    }
}

namespace ActorHttp.Protocol.Http1;

/// <summary>
/// The field section that a connection sent last, and the head it belonged to. Clients say the same fields with each request,
/// and what the same bytes mean need not be found out again: only that they are the same.
/// </summary>
internal sealed class KnownSection
{
    // A browser's has 500 to 1,500 bytes. It is held for as long as the connection lives, so it has a bound.
    private const int LargestSize = 2 * 1024;

    private byte[] _bytes = [];
    private int _length;
    private RequestHead? _head;

    /// <summary>
    /// The head whose section <paramref name="input"/> begins with, its empty line included, and that section's size in bytes;
    /// null when it is another.
    /// </summary>
    public RequestHead? Recall(ReadOnlySpan<byte> input, out int size)
    {
        size = _length;
        return _head is not null && input.StartsWith(_bytes.AsSpan(0, _length)) ? _head : null;
    }

    /// <summary>Keeps a section that was read whole, unless it is too large.</summary>
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

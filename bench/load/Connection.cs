using System.Net.Sockets;
using System.Text;

namespace Load;

/// <summary>A connection, and the part of its answer that has arrived.</summary>
internal sealed class Connection(Socket socket)
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private double _start;
    private double _offset;
    private int _length;

    public Socket Socket => socket;

    /// <summary>
    /// When the next request is due, in ticks of Stopwatch. While a request waits for its answer: when that request was due.
    /// </summary>
    public double Due { get; private set; }

    public bool IsWaiting { get; set; }

    public bool IsGone { get; set; }

    public Span<byte> Room => _buffer.AsSpan(_length);

    public void Begin(double start, double offset, double step)
    {
        (_start, _offset) = (start, offset);
        Due = start + Math.Ceiling(offset / step) * step;
    }

    public void Next(double interval, double step)
    {
        IsWaiting = false;
        Begin(_start, _offset + interval, step);
        _length = 0;
    }

    public Progress Take(int received)
    {
        _length += received;
        ReadOnlySpan<byte> text = _buffer.AsSpan(0, _length);
        var head = text.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return Progress.More;
        if (!text.StartsWith("HTTP/1.1 200 "u8) || BodyLength(text[..(head + 2)]) is not { } body)
            return Progress.Wrong;
        var whole = head + 4 + body;
        return _length == whole ? Progress.Whole : _length < whole ? Progress.More : Progress.Wrong;
    }

    private static int? BodyLength(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> name = "Content-Length: "u8;
        while (head.IndexOf("\r\n"u8) is var end and >= 0)
        {
            var line = head[..end];
            if (line.Length > name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name))
                return int.TryParse(line[name.Length..], out var length) ? length : null;
            head = head[(end + 2)..];
        }
        return null;
    }
}

internal enum Progress
{
    More,
    Whole,
    Wrong,
}

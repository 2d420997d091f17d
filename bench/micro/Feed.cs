using ActorHttp.Buffers;
using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;

namespace ActorHttp.Micro;

/// <summary>Reads as a connection reads: pieces into its input, and from there to the reader.</summary>
internal sealed class Feed(ReaderLimits limits)
{
    private readonly ReceivedBytes _input = new();
    private readonly RequestReader _reader = new(limits);

    /// <summary>Reads on with these pieces. Answers how many requests and bytes of body there were.</summary>
    /// <exception cref="InvalidOperationException">The reader refused them.</exception>
    public (int Requests, long BodyBytes) Read(ReadOnlySpan<byte[]> pieces)
    {
        var requests = 0;
        var bytes = 0L;
        foreach (var piece in pieces)
        {
            _input.Borrow(piece);
            var needsMore = false;
            while (!needsMore)
            {
                var seen = _reader.Read(_input.Unread);
                _input.Consume(seen.Consumed);
                switch (seen.Kind)
                {
                    case ReadEventKind.NeedMore:
                        needsMore = true;
                        break;
                    case ReadEventKind.Rejected:
                        throw new InvalidOperationException($"Refused: {_reader.Rejection}");
                    case ReadEventKind.End:
                        requests++;
                        break;
                    default:
                        bytes += seen.Length;
                        break;
                }
            }

            _input.Keep();
        }

        return (requests, bytes);
    }

    public static byte[][] Whole(byte[] bytes) => [bytes];

    public static byte[][] ByteByByte(byte[] bytes) => InPieces(bytes, 1);

    /// <summary>As they come from a socket: each piece in an array of its own.</summary>
    public static byte[][] InPieces(byte[] bytes, int size) => [.. bytes.Chunk(size)];
}

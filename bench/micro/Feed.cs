using ActorHttp.Buffers;
using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;

namespace ActorHttp.Micro;

/// <summary>Reads requests as a connection does: pieces go into the input, and from there to the reader.</summary>
internal sealed class Feed(ReaderLimits limits)
{
    private readonly ReceivedBytes _input = new();
    private readonly RequestReader _reader = new(limits);

    /// <summary>Reads these pieces. Returns the number of requests and of bytes of bodies.</summary>
    /// <exception cref="InvalidOperationException">The reader refused a request.</exception>
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

    /// <summary>Splits bytes as a socket does: each piece is an array.</summary>
    public static byte[][] InPieces(byte[] bytes, int size) => [.. bytes.Chunk(size)];
}

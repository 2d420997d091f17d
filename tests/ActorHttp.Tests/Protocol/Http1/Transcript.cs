using System.Text;
using ActorHttp.Fields;
using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;

namespace ActorHttp.Tests.Protocol.Http1;

/// <summary>A request where a reader saw it in its stream.</summary>
/// <param name="Start">Where the one before it ended; the empty line that is forgiven belongs to the one behind it.</param>
/// <param name="HeadEnd">Behind the empty line that ends the head.</param>
/// <param name="Body">The body, as far as it was read, one Latin-1 character a byte.</param>
/// <param name="End">Behind its last byte; null while it has not ended.</param>
internal sealed record ReadRequest(RequestHead Head, int Start, int HeadEnd, string Body, int? End);

/// <summary>
/// What a reader says of a stream, in the lines of the vectors. The reader is fed as a connection feeds it: what it
/// consumed is dropped, what is left is shown again with more behind it. Each answer is held to the reader's contract.
/// </summary>
internal sealed class Transcript(ReaderLimits limits, byte[] stream)
{
    private readonly RequestReader _reader = new(limits);
    private readonly List<string> _lines = [];
    private readonly List<ReadRequest> _requests = [];
    private readonly StringBuilder _body = new();
    private int _shown;

    /// <summary>How many bytes of the stream the reader is done with.</summary>
    public int Consumed { get; private set; }

    public RequestReader Reader => _reader;

    /// <summary>The requests whose heads were accepted; only the last may have no end.</summary>
    public IReadOnlyList<ReadRequest> Requests => _requests;

    // What a caller may have to hold for a line that has not ended.
    private long LongestLine => Math.Max(
        Math.Max(limits.RequestLineSize + 2L, limits.FieldSectionSize),
        Math.Max(limits.ChunkExtensionSize + 17L, limits.TrailerSectionSize));

    /// <summary>The whole stream, shown up to each of <paramref name="cuts"/> in turn and then to its end.</summary>
    public static string[] Of(ReaderLimits limits, byte[] stream, params IEnumerable<int> cuts)
    {
        var transcript = new Transcript(limits, stream);
        foreach (var cut in cuts)
            transcript.ShowUpTo(cut);
        transcript.ShowUpTo(stream.Length);
        return transcript.Finish();
    }

    /// <summary>The whole stream, one more byte at a time.</summary>
    public static string[] ByteByByte(ReaderLimits limits, byte[] stream) => Of(limits, stream, Enumerable.Range(0, stream.Length));

    /// <summary>Shows more of the stream, and reads until the reader has no more to say of it.</summary>
    public void ShowUpTo(int end)
    {
        _shown = Math.Max(_shown, end);

        // A byte makes two events at most (a head or a body, then an end): more would be a reader that runs in circles.
        for (var patience = (2 * (_shown - Consumed)) + 2; Next() is not (ReadEventKind.NeedMore or ReadEventKind.Rejected); patience--)
            Assert.True(patience > 0, "The reader does not move forward.");
    }

    /// <summary>Shows the whole stream, and reads until <paramref name="messages"/> messages have ended.</summary>
    public void ReadMessages(int messages)
    {
        _shown = stream.Length;
        while (messages > 0)
        {
            var kind = Next();
            Assert.False(kind is ReadEventKind.NeedMore or ReadEventKind.Rejected, $"{kind} where a message should end.");
            if (kind == ReadEventKind.End)
                messages--;
        }
    }

    /// <summary>The lines so far, and <c>more</c> if the stream ends in the middle of a message.</summary>
    public string[] Finish()
    {
        EndBody();
        var isRefused = _reader.Rejection != Rejection.None;
        return isRefused || (_reader.IsBetweenMessages && Consumed == _shown) ? [.. _lines] : [.. _lines, "more"];
    }

    private ReadEventKind Next()
    {
        var wasRefused = _reader.Rejection != Rejection.None;
        var input = stream.AsSpan()[Consumed.._shown];
        var read = _reader.Read(input);
        Assert.InRange(read.Consumed, 0, input.Length);
        switch (read.Kind)
        {
            case ReadEventKind.Head:
                Note(_reader.Head!);
                _requests.Add(
                    new ReadRequest(
                        _reader.Head!, _requests.Count == 0 ? 0 : _requests[^1].End!.Value, Consumed + read.Consumed, "", null));
                break;
            case ReadEventKind.Body:
                Assert.InRange(read.Length, 1, read.Consumed);
                Assert.InRange(read.Start, 0, read.Consumed - read.Length);
                _body.Append(Encoding.Latin1.GetString(input.Slice(read.Start, read.Length)));
                break;
            case ReadEventKind.End:
                EndBody();
                _requests[^1] = _requests[^1] with { End = Consumed + read.Consumed };
                _lines.AddRange(_reader.Trailers.Select(field => Line("trailer", field)));
                _lines.Add("end");
                Assert.True(_reader.IsBetweenMessages);
                Assert.False(_reader.IsInBody);
                break;
            case ReadEventKind.Rejected when wasRefused:
                Assert.Equal(0, read.Consumed);
                break;
            case ReadEventKind.Rejected:
                EndBody();
                _lines.Add($"refuse {_reader.Rejection.Answer().Status} {_reader.Rejection}");
                break;
            case ReadEventKind.NeedMore:
                Assert.InRange(input.Length - read.Consumed, 0, LongestLine);
                break;
        }

        Consumed += read.Consumed;
        return read.Kind;
    }

    private void Note(RequestHead head)
    {
        Assert.Equal(head.Headers[FieldNames.AcceptEncoding], head.AcceptEncoding);
        Assert.True(_reader.IsInBody);
        Assert.Equal(head.Framing.Kind == FramingKind.None ? 0 : head.Framing.Body.Length, _reader.RemainingLength);
        var version = head.Version == HttpVersion.Http11 ? "HTTP/1.1" : "HTTP/1.0";
        var form = head.Target.Form == TargetForm.Absolute ? " absolute-form" : "";
        _lines.Add($"head {head.Method} {head.Target} {version} {(head.KeepAlive ? "keep-alive" : "close")}{form}");
        _lines.AddRange(head.Headers.Select(field => Line("field", field)));
        _lines.Add(head.Framing.Kind switch
        {
            FramingKind.None => "framing none",
            FramingKind.Length => $"framing length {head.Framing.Length}",
            _ => "framing chunked",
        });
        if (head.ExpectsContinue)
            _lines.Add("expects 100");
    }

    private void EndBody()
    {
        if (_body.Length == 0)
            return;
        _lines.Add($"body \"{_body}\"");
        _requests[^1] = _requests[^1] with { Body = _body.ToString() };
        _body.Clear();
    }

    private static string Line(string kind, HttpField field) =>
        field.Value.Length == 0 ? $"{kind} {field.Name}:" : $"{kind} {field.Name}: {field.Value}";
}

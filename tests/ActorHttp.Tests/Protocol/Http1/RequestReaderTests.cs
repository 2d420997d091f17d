using System.Text;
using ActorHttp.Fields;
using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;

namespace ActorHttp.Tests.Protocol.Http1;

// What a connection asks a reader besides its events; the events themselves are in Vectors/.
public class RequestReaderTests
{
    private readonly RequestReader _reader = new(Vector.DefaultLimits);

    // The bound of docs/reliability.md: the line as text, the fields as text, a list field's lines once more when they are
    // joined, and the objects of each field.
    public static TheoryData<string, string> LargestHeads { get; } = new()
    {
        { "one large field", "A: " + new string('a', 32_000) + "\r\n" },
        { "many tiny fields", string.Concat(Enumerable.Range(0, 99).Select(i => $"{(char)('a' + (i % 26))}{i}:\r\n")) },
        {
            "many large fields",
            string.Concat(Enumerable.Range(0, 99).Select(i => $"{new string('a', 100)}{i}: {new string('b', 210)}\r\n"))
        },
        { "a list of many lines", string.Concat(Enumerable.Repeat($"Accept-Encoding: {new string('b', 300)}\r\n", 99)) },
    };

    [Theory, MemberData(nameof(LargestHeads))]
    public void A_head_holds_no_more_memory_than_is_computed(string what, string fields)
    {
        var limits = Vector.DefaultLimits;
        var input = Encoding.Latin1.GetBytes($"GET /{new string('p', 8_000)} HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        var seen = _reader.Read(input);
        Assert.Equal((ReadEventKind.Head, input.Length), (seen.Kind, seen.Consumed));
        var head = _reader.Head!;
        HashSet<string> texts = new(ReferenceEqualityComparer.Instance) { head.Target.Path };
        if (head.AcceptEncoding is { } accept)
            texts.Add(accept);
        foreach (var field in head.Headers)
            texts.UnionWith([field.Name, field.Value]);

        // A string is its characters and 22 bytes, rounded up to eight; a field is two references. The rest are a few objects.
        var held = texts.Sum(text => (22L + (2 * text.Length) + 7) / 8 * 8) + (16 * head.Headers.Count) + 512;
        var computed = (2 * limits.RequestLineSize) + (4 * limits.FieldSectionSize) + (80 * limits.FieldCount);
        Assert.True(held <= computed, $"{what}: {held} bytes, and {computed} were computed");
    }

    [Fact]
    public void It_stands_between_messages_until_a_byte_is_taken()
    {
        Assert.True(_reader.IsBetweenMessages);
        Read("GET / HT");
        Assert.True(_reader.IsBetweenMessages);
        Read("GET / HTTP/1.1\r\n");
        Assert.False(_reader.IsBetweenMessages);
        Read("Host: a\r\n\r\n");
        Assert.False(_reader.IsBetweenMessages);
        Assert.Equal(ReadEventKind.End, Read("").Kind);
        Assert.True(_reader.IsBetweenMessages);
    }

    [Fact]
    public void The_forgiven_empty_line_is_a_byte_taken()
    {
        Read("\r\n");

        Assert.False(_reader.IsBetweenMessages);
    }

    [Fact]
    public void A_declared_body_is_counted_down()
    {
        Assert.Equal(0, _reader.RemainingLength);
        Read("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
        Assert.Equal((5, true), (_reader.RemainingLength, _reader.IsInBody));
        Read("he");
        Assert.Equal((3, true), (_reader.RemainingLength, _reader.IsInBody));
        Assert.Equal(new ReadEvent(ReadEventKind.Body, 3, 0, 3), Read("llo"));
        Assert.Equal((0, true), (_reader.RemainingLength, _reader.IsInBody));
        Assert.Equal(new ReadEvent(ReadEventKind.End, 0), Read(""));
        Assert.False(_reader.IsInBody);
    }

    [Fact]
    public void A_chunked_body_has_no_length_until_its_end()
    {
        Read("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        Assert.Null(_reader.RemainingLength);
        Assert.Equal(new ReadEvent(ReadEventKind.Body, 8, 3, 5), Read("5\r\nhello"));
        Assert.Null(_reader.RemainingLength);
        Read("\r\n0\r\nX: 1\r\n");
        Assert.Equal((null, true), (_reader.RemainingLength, _reader.IsInBody));
        Assert.Equal(new ReadEvent(ReadEventKind.End, 2), Read("\r\n"));
        Assert.Equal((0, false), (_reader.RemainingLength, _reader.IsInBody));
        Assert.Equal("1", _reader.Trailers["X"]);
    }

    [Fact]
    public void A_part_of_a_large_chunk_is_passed_on_without_waiting_for_the_rest()
    {
        Read("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");

        Assert.Equal(new ReadEvent(ReadEventKind.Body, 8, 7, 1), Read("FFFFF\r\nx"));
        Assert.Equal(new ReadEvent(ReadEventKind.Body, 2, 0, 2), Read("yz"));
    }

    [Fact]
    public void A_refused_stream_is_neither_between_messages_nor_in_a_body()
    {
        Assert.Equal(ReadEventKind.Rejected, Read("\0").Kind);

        Assert.Equal((false, false), (_reader.IsBetweenMessages, _reader.IsInBody));
        Assert.Equal(Rejection.NotHttp, _reader.Rejection);
    }

    [Fact]
    public void Trailers_are_empty_where_there_are_none()
    {
        Read("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        Read("0\r\nX: 1\r\n\r\n");
        Read("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Read("");

        Assert.Same(HttpHeaders.Empty, _reader.Trailers);
    }

    [Fact]
    public void Well_known_methods_and_names_are_not_allocated()
    {
        Read("PATCH / HTTP/1.1\r\nhost: a\r\nuser-agent: b\r\n\r\n");

        Assert.Same(RequestMethod.Patch.Name, _reader.Head!.Method.Name);
        Assert.Same(FieldNames.Host, _reader.Head.Headers[0].Name);
    }

    [Fact]
    public void The_largest_limits_are_limits_too_and_do_not_wrap_round()
    {
        const int most = int.MaxValue;
        var events = Transcript.Of(
            new ReaderLimits(most, most, most, most, most),
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a\r\nx\r\n0;b\r\nX: y\r\n\r\n"u8.ToArray());

        Assert.Equal(
            [
                "head POST / HTTP/1.1 keep-alive",
                "field Host: a",
                "field Transfer-Encoding: chunked",
                "framing chunked",
                "body \"x\"",
                "trailer X: y",
                "end",
            ],
            events);
    }

    private ReadEvent Read(string text) => _reader.Read(Encoding.Latin1.GetBytes(text));
}

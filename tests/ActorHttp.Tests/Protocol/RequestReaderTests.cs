using System.Text;
using ActorHttp.Messages;
using ActorHttp.Protocol;

namespace ActorHttp.Tests.Protocol;

// What a connection asks a reader besides its events; the events themselves are in Vectors/.
public class RequestReaderTests
{
    private readonly RequestReader _reader = new(Vector.DefaultLimits);

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

    private ReadEvent Read(string text) => _reader.Read(Encoding.Latin1.GetBytes(text));
}

using System.Text;
using ActorHttp.Buffers;
using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;

namespace ActorHttp.Tests.Protocol.Http1;

public class ResponseWriterTests
{
    private static readonly ResponseFraming FiveBytes = new(BodyDelimiter.Length, 5, SendsBody: true, KeepAlive: true);
    private static readonly ResponseFraming Chunks = new(BodyDelimiter.Chunked, 0, SendsBody: true, KeepAlive: true);

    [Fact, Trait("RFC", "9112 §4")]
    public void A_head_is_a_status_line_the_date_the_fields_and_the_framing()
    {
        var head = Head(200, HttpHeaders.Of(("Content-Type", "text/plain"), ("X-Colour", "red")), FiveBytes);

        Assert.Equal(
            "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: text/plain\r\nX-Colour: red\r\nContent-Length: 5\r\n\r\n", head);
    }

    [Fact, Trait("RFC", "9112 §7.1")]
    public void Chunks_are_announced() =>
        Assert.Equal("HTTP/1.1 200 OK\r\nDate: now\r\nTransfer-Encoding: chunked\r\n\r\n", Head(200, HttpHeaders.Empty, Chunks));

    [Fact, Trait("RFC", "9110 §8.6")]
    public void A_status_without_content_is_sent_without_framing()
    {
        var framing = new ResponseFraming(BodyDelimiter.Nothing, 0, SendsBody: false, KeepAlive: true);

        Assert.Equal("HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n", Head(204, HttpHeaders.Empty, framing));
    }

    [Fact, Trait("RFC", "9112 §6.3")]
    public void A_body_that_ends_with_the_connection_says_so()
    {
        var framing = new ResponseFraming(BodyDelimiter.Close, 0, SendsBody: true, KeepAlive: false);

        Assert.Equal(
            "HTTP/1.1 200 OK\r\nDate: now\r\nConnection: close\r\n\r\n", Head(200, HttpHeaders.Empty, framing, HttpVersion.Http10));
    }

    [Theory, Trait("RFC", "9112 §9.3")]
    [InlineData(HttpVersion.Http11, true, "")]
    [InlineData(HttpVersion.Http11, false, "Connection: close\r\n")]
    [InlineData(HttpVersion.Http10, true, "Connection: keep-alive\r\n")]
    [InlineData(HttpVersion.Http10, false, "Connection: close\r\n")]
    public void What_a_client_does_not_assume_of_the_connection_is_said(HttpVersion version, bool keepAlive, string line)
    {
        Assert.Equal(
            $"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 5\r\n{line}\r\n",
            Head(200, HttpHeaders.Empty, FiveBytes with { KeepAlive = keepAlive }, version));
    }

    [Theory, Trait("RFC", "9112 §4")]
    [InlineData(101, "HTTP/1.1 101 Switching Protocols\r\n")]
    [InlineData(200, "HTTP/1.1 200 OK\r\n")]
    [InlineData(414, "HTTP/1.1 414 URI Too Long\r\n")]
    [InlineData(505, "HTTP/1.1 505 HTTP Version Not Supported\r\n")]
    [InlineData(299, "HTTP/1.1 299 \r\n")]
    [InlineData(599, "HTTP/1.1 599 \r\n")]
    [InlineData(600, "HTTP/1.1 600 \r\n")]
    public void A_status_line_ends_in_its_phrase_or_in_the_space_before_it(int status, string line) =>
        Assert.StartsWith(line + "Date: now\r\n", Head(status, HttpHeaders.Empty, FiveBytes), StringComparison.Ordinal);

    [Theory]
    [InlineData("Content-Length", "99")]
    [InlineData("content-length", "99")]
    [InlineData("Transfer-Encoding", "gzip")]
    [InlineData("TRANSFER-ENCODING", "gzip")]
    [InlineData("Connection", "keep-alive")]
    [InlineData("connection", "upgrade")]
    [InlineData("Keep-Alive", "timeout=5")]
    [InlineData("Upgrade", "h2c")]
    [InlineData("Date", "yesterday")]
    [InlineData("dATE", "yesterday")]
    public void What_a_handler_says_of_framing_and_connection_is_dropped(string name, string value)
    {
        var headers = HttpHeaders.Of(("A", "1"), (name, value), ("B", "2"));
        const string expected = "HTTP/1.1 200 OK\r\nDate: now\r\nA: 1\r\nB: 2\r\nTransfer-Encoding: chunked\r\n\r\n";

        Assert.Equal(expected, Head(200, headers, Chunks));
        Assert.Equal(expected, Head(200, headers.Reused(), Chunks));
    }

    [Theory]
    [InlineData("Dat")]
    [InlineData("Data")]
    [InlineData("X-Date")]
    [InlineData("Content-Lengths")]
    [InlineData("Content-Length2")]
    [InlineData("Last-Modified")]
    public void Fields_with_similar_names_are_kept(string name) =>
        Assert.Contains($"\r\n{name}: x\r\n", Head(200, HttpHeaders.Of((name, "x")), FiveBytes), StringComparison.Ordinal);

    [Fact]
    public void Encoding_ahead_changes_no_byte()
    {
        HttpHeaders Fields() =>
            HttpHeaders.Of(("Content-Type", "text/plain"), ("Set-Cookie", "a=b"), ("Set-Cookie", "c=\xE9"), ("Empty", ""));

        Assert.Equal(Head(200, Fields(), FiveBytes), Head(200, Fields().Reused(), FiveBytes));
        Assert.Equal(Head(200, HttpHeaders.Empty, FiveBytes), Head(200, HttpHeaders.Of().Reused(), FiveBytes));
    }

    [Fact, Trait("RFC", "9110 §5.5")]
    public void Values_leave_as_the_bytes_that_they_came_as()
    {
        Assert.Contains(
            "\r\nX: caf\xC3\xA9\xFF\r\nEmpty: \r\n",
            Head(200, HttpHeaders.Of(("X", "caf\xC3\xA9\xFF"), ("Empty", "")), FiveBytes),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_larger_than_any_buffer_leaves_whole()
    {
        var value = new string('x', 100_000);

        Assert.Equal(
            $"HTTP/1.1 200 OK\r\nDate: now\r\nA: {value}\r\nB: 1\r\nC: {value}\r\nContent-Length: 5\r\n\r\n",
            Head(200, HttpHeaders.Of(("A", value), ("B", "1"), ("C", value)), FiveBytes));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(1L)]
    [InlineData(long.MaxValue)]
    public void Any_length_is_written_in_digits(long length)
    {
        Assert.EndsWith(
            $"\r\nContent-Length: {length}\r\n\r\n",
            Head(200, HttpHeaders.Empty, FiveBytes with { Length = length }),
            StringComparison.Ordinal);
    }

    [Theory, Trait("RFC", "9112 §7.1")]
    [InlineData(1, "1")]
    [InlineData(15, "F")]
    [InlineData(16, "10")]
    [InlineData(0x1234, "1234")]
    [InlineData(0xABCDE, "ABCDE")]
    public void A_chunk_is_its_size_in_hex_its_bytes_and_a_line_end(int size, string digits)
    {
        var output = new OutputBuffer();
        ResponseWriter.WriteChunk(output, Encoding.ASCII.GetBytes(new string('x', size)));

        Assert.Equal($"{digits}\r\n{new string('x', size)}\r\n", Text(output));
    }

    [Fact, Trait("RFC", "9112 §7.1")]
    public void An_empty_chunk_is_not_written_since_it_would_end_the_body()
    {
        var output = new OutputBuffer();
        ResponseWriter.WriteChunk(output, default);

        Assert.True(output.IsEmpty);
    }

    [Fact, Trait("RFC", "9112 §7.1")]
    public void What_is_written_in_chunks_is_read_back()
    {
        var output = new OutputBuffer();
        output.Write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"u8);
        ResponseWriter.WriteChunk(output, "hello, "u8.ToArray());
        ResponseWriter.WriteChunk(output, Encoding.ASCII.GetBytes(new string('x', 40_000)));
        output.Write(ResponseWriter.LastChunk);

        Assert.Equal(
            [
                "head POST / HTTP/1.1 keep-alive",
                "field Host: a",
                "field Transfer-Encoding: chunked",
                "framing chunked",
                $"body \"hello, {new string('x', 40_000)}\"",
                "end",
            ],
            Transcript.Of(Vector.DefaultLimits, Encoding.Latin1.GetBytes(Text(output))));
    }

    [Theory, Trait("RFC", "9110 §6.5.1")]
    [InlineData("X-Sum", true)]
    [InlineData("ETag", true)]
    [InlineData("Digest", true)]
    [InlineData("Content-Length", false)]
    [InlineData("transfer-encoding", false)]
    [InlineData("Host", false)]
    [InlineData("Trailer", false)]
    [InlineData("Connection", false)]
    [InlineData("Content-Type", false)]
    [InlineData("Content-Encoding", false)]
    [InlineData("content-range", false)]
    [InlineData("Cache-Control", false)]
    [InlineData("Set-Cookie", false)]
    [InlineData("WWW-Authenticate", false)]
    [InlineData("Date", false)]
    public void A_field_that_is_needed_before_the_content_is_no_trailer(string name, bool isAllowed)
    {
        var output = new OutputBuffer();
        var leftOut = ResponseWriter.WriteLastChunk(output, HttpHeaders.Of((name, "1")));

        Assert.Equal(isAllowed ? $"0\r\n{name}: 1\r\n\r\n" : "0\r\n\r\n", Text(output));
        Assert.Equal(isAllowed ? 0 : 1, leftOut);
    }

    [Fact, Trait("RFC", "9110 §15.2.1")]
    public void Continue_is_a_status_line_and_nothing_else() => Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n"u8, ResponseWriter.Continue);

    [Theory, Trait("RFC", "9110 §15.2")]
    [InlineData(102, "102 Processing")]
    [InlineData(103, "103 Early Hints")]
    [InlineData(104, "104 Upload Resumption Supported")]
    [InlineData(199, "199 ")]
    public void An_interim_response_is_a_status_line_and_the_fields_without_those_of_the_connection(int status, string line)
    {
        var headers = HttpHeaders.Of(
            ("Link", "</a>"), ("Date", "now"), ("Content-Length", "5"), ("Connection", "close"), ("Upload-Offset", "3"));

        Assert.Equal($"HTTP/1.1 {line}\r\nLink: </a>\r\nUpload-Offset: 3\r\n\r\n", Interim(status, headers));
        Assert.Equal($"HTTP/1.1 {line}\r\nLink: </a>\r\nUpload-Offset: 3\r\n\r\n", Interim(status, headers.Reused()));
        Assert.Equal($"HTTP/1.1 {line}\r\n\r\n", Interim(status, HttpHeaders.Empty));
    }

    private static string Interim(int status, HttpHeaders headers)
    {
        var output = new OutputBuffer();
        ResponseWriter.WriteInterim(output, status, headers);
        return Text(output);
    }

    private static string Head(int status, HttpHeaders headers, ResponseFraming framing, HttpVersion version = HttpVersion.Http11)
    {
        var output = new OutputBuffer();
        ResponseWriter.WriteHead(output, version, status, headers, framing, "Date: now\r\n"u8);
        return Text(output);
    }

    private static string Text(OutputBuffer output) =>
        string.Concat(output.Take().Select(piece => Encoding.Latin1.GetString(piece)));
}

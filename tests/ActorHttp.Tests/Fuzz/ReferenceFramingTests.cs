using System.Text;
using ActorHttp.Tests.Protocol.Http1;

namespace ActorHttp.Tests.Fuzz;

/// <summary>The reference itself, held to the vectors and to a few streams whose framing the RFC spells out.</summary>
public class ReferenceFramingTests
{
    [Theory, Trait("RFC", "9112")]
    [InlineData("GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.0\r\n\r\n", 2, StreamRest.Nothing)]
    [InlineData("\r\nGET / HTTP/1.1\r\nHos", 0, StreamRest.Unfinished)]
    [InlineData("GET / HTTP/1.1\n\n", 0, StreamRest.Malformed)]
    [InlineData("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 0, StreamRest.Malformed)]
    [InlineData("GET / HTTP/1.1\r\nA : b\r\n\r\n", 0, StreamRest.Malformed)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n", 2, StreamRest.Nothing)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 3, 3\r\ncontent-length: 3\r\n\r\nabc", 1, StreamRest.Nothing)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 0, StreamRest.Malformed)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc", 0, StreamRest.Malformed)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\nabc", 1, StreamRest.Unfinished)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, StreamRest.Malformed)]
    [InlineData("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, StreamRest.Malformed)]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 0, StreamRest.Malformed)]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", 1, StreamRest.Nothing)]
    [InlineData(
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nA;x=y\r\n0123456789\r\n00\r\nT: u\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        2,
        StreamRest.Nothing)]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", 1, StreamRest.Malformed)]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\nabc", 1, StreamRest.Unfinished)]
    public void It_counts_messages_as_the_RFC_does(string stream, int messages, object rest)
    {
        var reference = new ReferenceFraming(Encoding.Latin1.GetBytes(stream));

        Assert.Equal((messages, (StreamRest)rest), (reference.Messages.Count, reference.Rest));
    }

    [Fact, Trait("RFC", "9112")]
    public void It_agrees_with_every_vector()
    {
        foreach (var vector in Vector.All)
            Differential.Check(vector.Limits, vector.Bytes);
    }
}

using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;

namespace ActorHttp.Tests.Protocol.Http1;

public class ResponseFramingTests
{
    private const HttpVersion V10 = HttpVersion.Http10;
    private const HttpVersion V11 = HttpVersion.Http11;

    [Theory, Trait("RFC", "9112 §6.3")]
    [InlineData(V11, true, 200, 5)]
    [InlineData(V11, false, 404, 0)]
    [InlineData(V10, true, 206, long.MaxValue)]
    [InlineData(V10, false, 500, 5)]
    public void A_known_length_is_declared(HttpVersion version, bool keepAlive, int status, long length)
    {
        Assert.Equal(
            new ResponseFraming(BodyDelimiter.Length, length, SendsBody: true, keepAlive),
            ResponseFraming.Of(RequestMethod.Get, version, keepAlive, status, length));
    }

    [Theory, Trait("RFC", "9112 §7.1")]
    [InlineData(true)]
    [InlineData(false)]
    public void An_unknown_length_is_chunked_in_HTTP_1_1(bool keepAlive)
    {
        Assert.Equal(
            new ResponseFraming(BodyDelimiter.Chunked, 0, SendsBody: true, keepAlive),
            ResponseFraming.Of(RequestMethod.Post, V11, keepAlive, 200, null));
    }

    [Theory, Trait("RFC", "9112 §6.3")]
    [InlineData(true)]
    [InlineData(false)]
    public void An_unknown_length_ends_with_the_connection_in_HTTP_1_0(bool keepAlive)
    {
        Assert.Equal(
            new ResponseFraming(BodyDelimiter.Close, 0, SendsBody: true, KeepAlive: false),
            ResponseFraming.Of(RequestMethod.Get, V10, keepAlive, 200, null));
    }

    [Theory, Trait("RFC", "9110 §9.3.2")]
    [InlineData(V11, true)]
    [InlineData(V11, false)]
    [InlineData(V10, true)]
    [InlineData(V10, false)]
    public void HEAD_declares_the_length_of_GET_and_sends_no_body(HttpVersion version, bool keepAlive)
    {
        Assert.Equal(
            new ResponseFraming(BodyDelimiter.Length, 5, SendsBody: false, keepAlive),
            ResponseFraming.Of(RequestMethod.Head, version, keepAlive, 200, 5));
    }

    [Theory, Trait("RFC", "9112 §6.1")]
    [InlineData(true)]
    [InlineData(false)]
    public void HEAD_says_chunked_where_GET_would_be_and_sends_no_chunk(bool keepAlive)
    {
        Assert.Equal(
            new ResponseFraming(BodyDelimiter.Chunked, 0, SendsBody: false, keepAlive),
            ResponseFraming.Of(RequestMethod.Head, V11, keepAlive, 200, null));
    }

    [Theory, Trait("RFC", "9112 §6.3")]
    [InlineData(true)]
    [InlineData(false)]
    public void HEAD_of_an_unknown_length_need_not_end_an_HTTP_1_0_connection(bool keepAlive)
    {
        Assert.Equal(
            new ResponseFraming(BodyDelimiter.Close, 0, SendsBody: false, keepAlive),
            ResponseFraming.Of(RequestMethod.Head, V10, keepAlive, 200, null));
    }

    [Theory, Trait("RFC", "9110 §8.6")]
    [InlineData(100)]
    [InlineData(199)]
    [InlineData(204)]
    [InlineData(304)]
    public void A_status_without_content_has_no_framing_at_all(int status)
    {
        foreach (var method in new[] { RequestMethod.Get, RequestMethod.Head, RequestMethod.Post })
        {
            foreach (var version in new[] { V10, V11 })
            {
                foreach (var length in new long?[] { null, 0, 5 })
                {
                    foreach (var keepAlive in new[] { true, false })
                    {
                        Assert.Equal(
                            new ResponseFraming(BodyDelimiter.Nothing, 0, SendsBody: false, keepAlive),
                            ResponseFraming.Of(method, version, keepAlive, status, length));
                    }
                }
            }
        }
    }

    [Fact, Trait("RFC", "9110 §9.1")]
    public void A_method_that_only_looks_like_HEAD_has_a_body() =>
        Assert.True(ResponseFraming.Of(new RequestMethod("head"), V11, keepAlive: true, 200, 5).SendsBody);
}

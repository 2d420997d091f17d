using System.Runtime.Serialization;
using System.Text;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Messages;

public sealed class SerializerTests() : TestKit(TestSystem.Config)
{
    private Exchange Exchange => new(TestActor, 7);

    [Fact]
    public void A_request_comes_back_as_it_was()
    {
        var request = new HttpRequest(
            Exchange,
            new RequestMethod("BREW"),
            new RequestTarget(TargetForm.Absolute, "/a%20b", "q=\u00e9"),
            HttpVersion.Http10,
            HttpHeaders.Of(("Host", "a"), ("X-Latin", "caf\u00e9"), ("Host-Not", "")),
            new RequestBody(true, null),
            "b");
        var back = RoundTrip(request);
        Assert.Equal(request with { Headers = back.Headers }, back);
        Assert.Equal(request.Headers, back.Headers);
    }

    [Fact]
    public void An_answer_with_bytes_comes_back_as_it_was()
    {
        var back = RoundTrip(HttpResponse.Text(Exchange, 201, Encoding.UTF8.GetBytes("h\u00e9llo"), CodingChoice.Always));
        Assert.Equal((Exchange, 201, CodingChoice.Always), (back.Exchange, back.Status, back.Coding));
        Assert.Equal("text/plain", back.Headers["content-type"]);
        Assert.Equal("h\u00e9llo", Encoding.UTF8.GetString(back.Body.Bytes.Span));
        Assert.Null(back.Body.Source);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(5L)]
    public void An_answer_with_a_source_still_names_it(long? length)
    {
        var back = RoundTrip(new HttpResponse(Exchange, 200, HttpHeaders.Empty, ResponseBody.From(TestActor, length)));
        Assert.Equal(TestActor, back.Body.Source);
        Assert.Equal(length, back.Body.Length);
    }

    [Fact]
    public void An_interim_response_comes_back_as_it_was()
    {
        var back = RoundTrip(new InterimResponse(Exchange, 103, HttpHeaders.Of(("Link", "</a>"), ("Link", "</b>"))));
        Assert.Equal((Exchange, 103), (back.Exchange, back.Status));
        Assert.Equal([new HttpField("Link", "</a>"), new HttpField("Link", "</b>")], back.Headers);
    }

    [Fact]
    public void The_words_about_a_body_come_back_as_they_were()
    {
        Assert.Equal([1, 0, 255], RoundTrip(new BodyChunk(Exchange, new byte[] { 1, 0, 255 })).Bytes.ToArray());
        Assert.Equal("y", RoundTrip(new BodyEnd(Exchange, HttpHeaders.Of(("X", "y")))).Trailers["x"]);
        Same(new PullBody(Exchange));
        Same(new CancelBody(Exchange));
        Same(new BodyFailed(Exchange, "why"));
        Same(new LimitBody(Exchange, long.MaxValue));
        Same(new FollowExchange(Exchange));
        Same(new ExchangeEnded(Exchange));
    }

    [Fact]
    public void Every_message_about_an_exchange_that_may_leave_the_process_has_a_manifest()
    {
        var types = typeof(IExchangeMessage).Assembly.GetTypes().Where(
            type => type.IsClass
                && type.IsAssignableTo(typeof(IExchangeMessage))
                && !type.IsAssignableTo(typeof(Akka.Actor.INoSerializationVerificationNeeded)));
        Assert.Equal(
            [
                "BodyChunk", "BodyEnd", "BodyFailed", "CancelBody", "ExchangeEnded", "FollowExchange", "HttpRequest", "HttpResponse",
                "InterimResponse", "LimitBody", "PullBody",
            ],
            types.Select(type => type.Name).Order());
    }

    [Fact]
    public void Damaged_bytes_are_an_error_that_says_so()
    {
        var bytes = Serializer.ToBinary(new BodyFailed(Exchange, "why"));
        Assert.Throws<SerializationException>(() => Serializer.FromBinary(bytes[..^1], "failed"));
        Assert.Throws<SerializationException>(() => Serializer.FromBinary(bytes, "unheard-of"));
        Assert.Throws<SerializationException>(
            () => Serializer.FromBinary(Serializer.ToBinary(HttpResponse.Empty(Exchange, 204)), "interim"));
        Assert.Throws<ArgumentException>(() => Serializer.ToBinary("no message"));
    }

    // A damaged length must not be allocated, and a damaged choice must not reach a handler.
    [Theory]
    [InlineData(0x01)]
    [InlineData(0x7f)]
    [InlineData(0x80)]
    [InlineData(0xff)]
    public void One_damaged_byte_is_an_error_or_another_message_and_costs_no_memory(byte damage)
    {
        var headers = HttpHeaders.Of(("Host", "a"), ("X", "y"));
        IExchangeMessage[] messages =
        [
            new HttpRequest(
                Exchange, RequestMethod.Get, new RequestTarget(TargetForm.Origin, "/a", "q"), HttpVersion.Http11, headers,
                new RequestBody(true, 5), "a"),
            HttpResponse.Text(Exchange, 200, "text"),
            new HttpResponse(Exchange, 200, headers, ResponseBody.From(TestActor, 5)),
            new InterimResponse(Exchange, 103, headers),
            new BodyChunk(Exchange, new byte[] { 1, 2, 3 }),
            new BodyEnd(Exchange, headers),
        ];
        foreach (var message in messages)
        {
            var manifest = Serializer.Manifest(message);
            var bytes = Serializer.ToBinary(message);
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] ^= damage;
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    if (Serializer.FromBinary(bytes, manifest) is HttpRequest request)
                        Assert.True(Enum.IsDefined(request.Version) && Enum.IsDefined(request.Target.Form), $"byte {i}");
                }
                catch (SerializationException)
                {
                    // Most are.
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
                bytes[i] ^= damage;
            }
        }
    }

    private HttpMessageSerializer Serializer =>
        Assert.IsType<HttpMessageSerializer>(Sys.Serialization.FindSerializerForType(typeof(PullBody)));

    private void Same<T>(T message)
        where T : notnull => Assert.Equal(message, RoundTrip(message));

    private T RoundTrip<T>(T message)
        where T : notnull => Assert.IsType<T>(Serializer.FromBinary(Serializer.ToBinary(message), Serializer.Manifest(message)));
}

namespace ActorHttp.Tests.Sockets;

public sealed class InterimResponseTests
{
    [Fact, Trait("RFC", "9110 §15.2")]
    public async Task An_uploading_client_hears_how_far_it_has_come_before_it_has_sent_all()
    {
        await using var server = await RunningServer.StartAsync(configure: Guests.AddTo);
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST /progress HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n");
        Assert.Equal(104, (await client.ReadInterimAsync(("Upload-Offset", "0"))).Status);
        Assert.Equal(100, (await client.ReadInterimAsync()).Status);
        await client.SendAsync("abc");
        var interim = await client.ReadInterimAsync(("Upload-Offset", "3"));
        Assert.Equal((104, "Upload Resumption Supported"), (interim.Status, interim.Reason));
        await client.SendAsync("def");
        await client.ReadInterimAsync(("Upload-Offset", "6"));
        Assert.Equal("6", (await client.ReadResponseAsync()).Text);
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }

    [Fact, Trait("RFC", "9110 §15.2")]
    public async Task An_Http_1_0_client_hears_the_answer_alone()
    {
        await using var server = await RunningServer.StartAsync(configure: Guests.AddTo);
        var response = await server.ExchangeAsync("POST /progress HTTP/1.0\r\nContent-Length: 6\r\n\r\nabcdef");
        Assert.Equal("6", response.Text);
    }
}

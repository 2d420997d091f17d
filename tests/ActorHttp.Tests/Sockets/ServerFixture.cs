using System.Net;

namespace ActorHttp.Tests.Sockets;

/// <summary>One server for the tests of a class: the console host's endpoints, and <see cref="Guests"/> on routes of their own.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    internal RunningServer Server { get; private set; } = null!;

    internal IPEndPoint Address => Server.Address;

    internal TemporaryDirectory Files => Server.Files;

    public async Task InitializeAsync() => Server = await RunningServer.StartAsync(configure: Guests.AddTo);

    public async Task DisposeAsync() => await Server.DisposeAsync();

    internal Task<RawClient> ConnectAsync() => Server.ConnectAsync();

    internal Task<RawResponse> ExchangeAsync(string request, string method = "GET") => Server.ExchangeAsync(request, method);
}

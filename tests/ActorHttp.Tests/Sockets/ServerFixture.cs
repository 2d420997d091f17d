using System.Net;

namespace ActorHttp.Tests.Sockets;

/// <summary>One server for the tests of a class: the console host's endpoints, and <see cref="Guests"/> on routes of their own.</summary>
public class ServerFixture : IAsyncLifetime
{
    /// <summary>What is different from the defaults, in HOCON.</summary>
    private protected virtual string Settings => "";

    internal RunningServer Server { get; private set; } = null!;

    internal IPEndPoint Address => Server.Address;

    internal TemporaryDirectory Files => Server.Files;

    public async Task InitializeAsync() => Server = await RunningServer.StartAsync(Settings, Guests.AddTo);

    public async Task DisposeAsync() => await Server.DisposeAsync();

    internal Task<RawClient> ConnectAsync() => Server.ConnectAsync();

    internal Task<RawResponse> ExchangeAsync(string request, string method = "GET") => Server.ExchangeAsync(request, method);
}

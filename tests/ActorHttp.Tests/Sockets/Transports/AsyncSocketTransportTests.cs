namespace ActorHttp.Tests.Sockets.Transports;

public sealed class AsyncSocketTransportTests() : SocketTransportTests(reactors: 0);

using ActorHttp.Sockets;

namespace ActorHttp.Tests.Sockets.Transports;

/// <summary>Where there is epoll(7); elsewhere it is the platform's once more.</summary>
public sealed class EpollTransportTests() : SocketTransportTests(Math.Min(1, ReactorPool.DefaultCount));

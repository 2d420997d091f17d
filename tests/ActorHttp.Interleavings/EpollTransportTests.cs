using ActorHttp.Interleavings.Model;
using ActorHttp.Sockets;
using Akka.Actor;

namespace ActorHttp.Interleavings;

/// <summary>
/// The edges of a socket, in every order of the kernel, the reactor and the connection: no byte and no end is left unseen.
/// </summary>
public sealed class EpollTransportTests
{
    // The kernel is modelled, so no socket is behind it.
    private static SocketDescriptor Descriptor => new(-1);

    // The buffer takes two bytes: a read may be full, short or empty.
    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(2, 1, false)]
    [InlineData(1, 2, true)]
    [InlineData(0, 1, true)]
    [InlineData(3, 0, true)]
    public void Whatever_has_come_is_read(int first, int second, bool ends) => Exploration.Of(2, run =>
    {
        var reactor = new Reactor(TimeSpan.Zero);
        var transport = run.Share(new EpollTransport(Descriptor, reactor));
        var owner = new Owner();
        var kernel = Epoll.Of();
        var seen = 0;
        var isDone = false;
        StartFirstEdge(run, transport, () => isDone);
        run.Start("kernel", () =>
        {
            foreach (var (count, isEnd) in new[] { (first, false), (second, ends) })
            {
                ModelThread.Current!.Step("bytes come");
                for (var i = 0; i < count; i++)
                    kernel.Received.Enqueue((byte)i);
                kernel.HasEnded |= isEnd;
                if ((count > 0 || isEnd) && kernel.IsWatched)
                    transport.OnEvents(isEnd ? Epoll.In | Epoll.PeerHangUp : Epoll.In);
            }
        });
        run.Start("connection", () =>
        {
            transport.Open(owner);
            while (seen < first + second || (ends && !owner.HasEnded))
            {
                owner.Take();
                seen += transport.Read(2).Length;
                transport.Wait();
            }

            isDone = true;
        });
        run.AtEnd(() => Assert.Equal((first + second, ends), (seen, owner.HasEnded)));
    });

    // Each part of the write waits for room in the kernel, which comes at any moment.
    [Fact]
    public void A_write_goes_on_when_there_is_room() => Exploration.Of(2, run =>
    {
        var transport = run.Share(new EpollTransport(Descriptor, new Reactor(TimeSpan.Zero)));
        var owner = new Owner();
        var kernel = Epoll.Of();
        kernel.IsFull = true;
        var unsent = -1;
        StartFirstEdge(run, transport, () => unsent == 0);
        run.Start("kernel", () =>
        {
            ModelThread.Current!.Step("there is room");
            kernel.IsFull = false;
            if (kernel.IsWatched)
                transport.OnEvents(Epoll.In | Epoll.Out);
        });
        run.Start("connection", () =>
        {
            transport.Open(owner);
            unsent = transport.Write([new ArraySegment<byte>(new byte[3])], 3);
            while (unsent > 0)
            {
                if (owner.Take() is TransportWritable)
                    unsent = transport.WriteOn();
            }
        });
        run.AtEnd(() => Assert.Equal(0, unsent));
    });

    // A socket that is watched late has an edge at once, which says what has happened before.
    private static void StartFirstEdge(Run run, EpollTransport transport, Func<bool> isDone)
    {
        var kernel = Epoll.Of();
        run.Start("first edge", () =>
        {
            ModelThread.Current!.Block("the socket is watched", () => kernel.IsWatched || isDone());
            if (kernel.IsWatched)
                transport.OnEvents(kernel.State);
        });
    }

    private sealed class Owner : MinimalActorRef
    {
        private readonly Queue<object> _mailbox = new();

        public bool HasEnded { get; private set; }

        public override ActorPath Path => throw new NotSupportedException();

        public override IActorRefProvider Provider => throw new NotSupportedException();

        public object Take()
        {
            ModelThread.Current!.Block("wait for a message", () => _mailbox.Count > 0);
            return _mailbox.Dequeue();
        }

        protected override void TellInternal(object message, IActorRef sender)
        {
            ModelThread.Current?.Flush();
            ModelThread.Current?.Step($"tell {message.GetType().Name}");
            if (message is TransportPeerClosed)
                HasEnded = true;
            _mailbox.Enqueue(message);
        }
    }
}

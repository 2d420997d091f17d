using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ActorHttp.Sockets;
using ActorHttp.Tests.Files;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Tests.Sockets.Transports;

/// <summary>What other threads give a reactor to run: all of it, once, whether it sleeps, works or is given up.</summary>
public sealed class ReactorTests
{
    private const int Threads = 4;
    private const int Each = 5_000;

    private readonly ConcurrentDictionary<int, int> _runs = new();
    private readonly CountdownEvent _all = new(Threads * Each);

    [LinuxTheory]
    [InlineData(0, false)]
    [InlineData(0.05, false)]
    [InlineData(0, true)]
    [InlineData(0.05, true)]
    public void What_others_bring_is_run_once_and_none_is_left_to_sleep_on(double spin, bool isRelieved)
    {
        using var reactor = new Reactor(TimeSpan.FromMilliseconds(spin));
        var threads = Enumerable.Range(0, Threads).Select(number => new Thread(() => Bring(reactor, number))).ToList();
        threads.ForEach(thread => thread.Start());
        if (isRelieved)
        {
            for (var i = 0; i < 20; i++)
                reactor.Relieve();
        }

        Assert.True(_all.Wait(TimeSpan.FromSeconds(30)), $"{_all.CurrentCount} were not run");
        threads.ForEach(thread => thread.Join());
        Assert.Equal(Threads * Each, _runs.Count);
        Assert.All(_runs.Values, count => Assert.Equal(1, count));
    }

    [LinuxFact]
    public void One_that_has_ended_leaves_nothing_behind()
    {
        var reactor = new Reactor(TimeSpan.Zero);
        reactor.Dispose();
        for (var number = 0; number < Threads; number++)
            Bring(reactor, number);
        Assert.True(_all.Wait(TimeSpan.FromSeconds(30)), $"{_all.CurrentCount} were not run");
    }

    [LinuxFact]
    public void One_that_ends_while_it_is_held_up_keeps_nobody_waiting()
    {
        using var isHeld = new ManualResetEventSlim();
        using var mayGo = new ManualResetEventSlim();
        using var isNext = new ManualResetEventSlim();
        using var isGone = new ManualResetEventSlim();
        var reactor = new Reactor(TimeSpan.Zero);
        Assert.True(reactor.TryRun(new Run(() =>
        {
            isHeld.Set();
            mayGo.Wait();
            isGone.Set();
        })));
        isHeld.Wait();
        Assert.True(reactor.TryRun(new Run(isNext.Set)));
        reactor.Dispose();
        Assert.True(isNext.Wait(TimeSpan.FromSeconds(30)), "what was ready behind it was not run");
        for (var number = 0; number < Threads; number++)
            Bring(reactor, number);
        Assert.True(_all.Wait(TimeSpan.FromSeconds(30)), $"{_all.CurrentCount} were not run");
        mayGo.Set();
        Assert.True(isGone.Wait(TimeSpan.FromSeconds(30)));
    }

    [LinuxFact]
    public async Task Each_thread_has_its_share_of_the_sockets_whatever_else_they_are_given()
    {
        using var pool = new ReactorPool(2, TimeSpan.Zero, TimeSpan.FromDays(1), NoLogger.Instance);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var threads = new List<int>();
        for (var i = 0; i < 8; i++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(listener.LocalEndPoint!);
            var served = listener.Accept();
            served.Blocking = false;
            var transport = pool.Take(new SocketOf(served), 1024);
            Assert.True(pool.TryRun(CountedRun(i)));
            var owner = new Owner();
            owner.Open(transport);
            client.Send("x"u8);
            threads.Add(await owner.Told.Task.WaitAsync(TimeSpan.FromSeconds(30)));
            transport.Abort();
        }

        Assert.Equal([4, 4], threads.CountBy(thread => thread).Select(thread => thread.Value));
    }

    // All that happens here happens on the reactor's thread, so the count is exact.
    [LinuxFact]
    public async Task Sockets_are_looked_at_between_the_runs_of_actors_that_never_stop()
    {
        const int FourForEachEventOfOneLook = 1024;
        using var reactor = new Reactor(TimeSpan.Zero);
        using var pair = new SocketPair(reactor);
        using var actors = new EndlessRuns(reactor, first: () => pair.Client.Send("x"u8));
        var seen = 0;
        pair.Owner.OnTold = () => seen = actors.Count;
        pair.Open();
        actors.Start();
        await pair.Owner.Told.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(FourForEachEventOfOneLook, seen);
    }

    [LinuxFact]
    public async Task More_sockets_than_one_look_finds_are_all_told_though_actors_never_stop()
    {
        using var reactor = new Reactor(TimeSpan.Zero);
        var pairs = Enumerable.Range(0, 300).Select(_ => new SocketPair(reactor)).ToList();
        using var actors = new EndlessRuns(reactor, first: () => pairs.ForEach(pair => pair.Client.Send("x"u8)));
        pairs.ForEach(pair => pair.Open());
        actors.Start();
        await Task.WhenAll(pairs.Select(pair => pair.Owner.Told.Task)).WaitAsync(TimeSpan.FromSeconds(30));
        pairs.ForEach(pair => pair.Dispose());
    }

    // epoll(7) refuses a socket that it has already, as it refuses one beyond max_user_watches.
    [LinuxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_socket_that_cannot_be_watched_ends(bool isWriting)
    {
        using var reactor = new Reactor(TimeSpan.Zero);
        using var pair = new SocketPair(reactor);
        pair.Watch();
        var (transport, owner) = (pair.Transport, pair.Owner);
        Assert.False(transport.Open(owner));
        Assert.IsType<TransportReadable>(owner.Last);
        if (isWriting)
        {
            var much = new byte[64 * 1024 * 1024];
            Assert.NotEqual(0, transport.Write([new ArraySegment<byte>(much)], much.Length));
            Assert.Equal(TransportEnd.Broken, Assert.IsType<TransportClosed>(owner.Last).How);
        }
        else
        {
            Assert.True(transport.Read(1).IsEmpty);
            transport.Wait();
            Assert.IsType<TransportReadable>(owner.Last);
            Assert.True(transport.Read(1).IsEmpty);
            Assert.IsType<TransportPeerClosed>(owner.Last);
        }
    }

    private Run CountedRun(int id) => new(() =>
    {
        _runs.AddOrUpdate(id, 1, (_, count) => count + 1);
        _all.Signal();
    });

    // In bursts, so that it falls asleep between them.
    private void Bring(Reactor reactor, int number)
    {
        for (var i = 0; i < Each; i++)
        {
            var run = CountedRun((number * Each) + i);
            if (!reactor.TryRun(run))
                ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
            if (i % 50 == 0)
                Thread.Yield();
        }
    }

    /// <summary>Remembers on which thread it was told something first.</summary>
    private sealed class Owner : MinimalActorRef
    {
        public TaskCompletionSource<int> Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Action? OnTold { get; set; }

        public object? Last { get; private set; }

        public override ActorPath Path => throw new NotSupportedException();

        public override IActorRefProvider Provider => throw new NotSupportedException();

        private bool _isOpening;

        /// <summary>Opens the transport and waits for the client, which has not sent anything yet.</summary>
        public void Open(ITransport transport)
        {
            _isOpening = true;
            var isWaiting = transport.Open(this);
            _isOpening = false;
            if (isWaiting)
                return;
            Assert.True(transport.Read(1).IsEmpty);
            transport.Wait();
        }

        protected override void TellInternal(object message, IActorRef sender)
        {
            Last = message;

            // The first read is tried at once.
            if (_isOpening)
                return;
            OnTold?.Invoke();
            Told.TrySetResult(Environment.CurrentManagedThreadId);
        }
    }

    /// <summary>An actor that always has one more message, until this is disposed.</summary>
    private sealed class EndlessRuns : IDisposable
    {
        private readonly Reactor _reactor;
        private readonly Run _run;
        private volatile bool _isOver;

        public EndlessRuns(Reactor reactor, Action first)
        {
            _reactor = reactor;
            _run = new Run(() =>
            {
                if (Count++ == 0)
                    first();
                if (!_isOver)
                    _reactor.TryRun(_run!);
            });
        }

        public int Count { get; private set; }

        public void Start() => Assert.True(_reactor.TryRun(_run));

        public void Dispose() => _isOver = true;
    }

    /// <summary>A client, and the server's end of its connection, which a reactor watches.</summary>
    private sealed class SocketPair : IDisposable
    {
        private readonly Reactor _reactor;
        private readonly int _descriptor;

        public SocketPair(Reactor reactor)
        {
            _reactor = reactor;
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            Client.Connect(listener.LocalEndPoint!);
            var served = listener.Accept();
            served.Blocking = false;
            _descriptor = (int)served.Handle;
            Transport = new EpollTransport(new SocketOf(served), reactor);
        }

        public EpollTransport Transport { get; }

        public Socket Client { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        public Owner Owner { get; } = new();

        public void Open() => Owner.Open(Transport);

        /// <summary>Has the socket watched before the transport does.</summary>
        public void Watch() => Assert.True(_reactor.Watch(_descriptor, Transport));

        public void Dispose()
        {
            Transport.Abort();
            Client.Dispose();
        }
    }
}

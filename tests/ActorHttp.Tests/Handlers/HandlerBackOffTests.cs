using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Settings;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Handlers;

/// <summary>A handler that cannot be created, or that stops, comes back by itself. The first pause is 1 s, the longest 30 s.</summary>
public sealed class HandlerBackOffTests : TestKit
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private readonly Switch _switch = new();

    public HandlerBackOffTests()
        : base(ConfigurationFactory.ParseString("akka.loglevel = INFO").WithFallback(TestSystem.Unserialized))
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Error));
        Sys.EventStream.Subscribe(TestActor, typeof(Info));
    }

    private VirtualTime Time => (VirtualTime)Sys.Scheduler;

    [Fact, Trait("RFC", "9110 §15.6.4")]
    public void A_handler_that_cannot_be_created_is_tried_again_and_is_back_when_it_can()
    {
        _switch.IsBroken = true;
        var kit = new HandlerKit(this, Props.Create(typeof(Fragile), _switch));
        Assert.InRange(ExpectGone(kit).RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.2));
        var line = ExpectMsg<Error>();
        Assert.StartsWith("The handler of / cannot be created: poison", line.Message.ToString(), StringComparison.Ordinal);
        Assert.IsType<PoisonException>(line.Cause);
        for (var attempt = 2; attempt < 10; attempt++)
        {
            Time.Advance(Longest);
            ExpectGone(kit);
            Assert.Equal(attempt, _switch.Attempts);
        }

        _switch.IsBroken = false;
        Time.Advance(Longest);
        ExpectBack(kit);
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200);
        Assert.Equal("The handler of / is back in service.", ExpectMsg<Info>().Message);
        Assert.False(HasMessages);
    }

    [Fact]
    public void The_pauses_grow_and_have_an_end()
    {
        var settings = new SupervisionSettings(3, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1), Longest);
        Assert.Equal([1, 2, 4, 8, 16, 30, 30], Enumerable.Range(1, 7).Select(attempt => settings.Pause(attempt, 0).TotalSeconds));
        Assert.Equal(1.2, settings.Pause(1, 1).TotalSeconds, 3);
        Assert.Equal(Longest, settings.Pause(int.MaxValue, 1));
    }

    [Fact]
    public void A_handler_that_stops_at_each_request_is_back_after_the_first_pause_each_time()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(Fragile), _switch));
        for (var i = 0; i < 20; i++)
        {
            kit.Ask(RequestMethod.Get, "stop");
            Assert.InRange(ExpectGone(kit).RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.2));
            Time.Advance(TimeSpan.FromSeconds(1.2));
            ExpectBack(kit);
        }

        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200);
    }

    [Fact]
    public void A_handler_whose_constructor_fails_when_it_is_rebuilt_is_back_when_it_can()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(Fragile), _switch));
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200);
        _switch.IsBroken = true;
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get, "throw"), 500);
        ExpectGone(kit);
        Assert.Equal("GET / failed: poison", ExpectMsg<Error>().Message);
        Assert.StartsWith("The handler of / cannot be created: poison", ExpectMsg<Error>().Message.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, _switch.Stops);
        _switch.IsBroken = false;
        Time.Advance(Longest);
        ExpectBack(kit);
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200);
    }

    [Theory]
    [InlineData(
        typeof(AsyncVoid), "Override 'async Task OnRequestAsync(HttpRequest request, CancellationToken cancellationToken)' instead.")]
    [InlineData(typeof(Neither), "must override one of OnRequest(HttpRequest) and OnRequestAsync(HttpRequest, CancellationToken).")]
    [InlineData(typeof(Both), "must override only one of OnRequest(HttpRequest) and OnRequestAsync(HttpRequest, CancellationToken).")]
    public void A_handler_that_can_never_work_says_in_one_line_what_to_do(Type type, string remedy)
    {
        var kit = new HandlerKit(this, Props.Create(type));
        ExpectGone(kit);
        Assert.Contains(remedy, ExpectMsg<Error>().Message.ToString(), StringComparison.Ordinal);
        Time.Advance(Longest);
        ExpectGone(kit);
        Assert.False(HasMessages);
    }

    [Fact]
    public void A_handler_that_cannot_even_be_tried_does_not_keep_the_others_from_serving()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(Fragile), _switch).WithDispatcher("there.is.none"));
        Assert.Equal("/", kit.Route.Pattern);
        Assert.Null(kit.Route.Handler.Actor);
        Assert.Contains("there.is.none", ExpectMsg<Error>().Message.ToString(), StringComparison.Ordinal);
    }

    private static HandlerChanged ExpectGone(HandlerKit kit)
    {
        var changed = kit.Server.ExpectMsg<HandlerChanged>();
        Assert.Null(changed.Actor);
        Assert.Same(kit.Route.Handler, changed.Target);
        return changed;
    }

    private static void ExpectBack(HandlerKit kit)
    {
        var changed = kit.Server.ExpectMsg<HandlerChanged>();
        Assert.NotNull(changed.Actor);
        Assert.Same(kit.Route.Handler, changed.Target);
        kit.Current = changed.Actor;
    }

    public sealed class Switch
    {
        private volatile bool _isBroken;
        private int _attempts;
        private int _stops;

        public bool IsBroken
        {
            get => _isBroken;
            set => _isBroken = value;
        }

        public int Attempts => _attempts;

        public int Stops => _stops;

        public void Try()
        {
            Interlocked.Increment(ref _attempts);
            if (_isBroken)
                throw new PoisonException();
        }

        public void Stop() => Interlocked.Increment(ref _stops);
    }

    private sealed class Fragile : HttpHandlerActor
    {
        private readonly Switch _switch;

        public Fragile(Switch position)
        {
            _switch = position;
            position.Try();
        }

        protected override void PostStop() => _switch.Stop();

        protected override void OnRequest(HttpRequest request)
        {
            if (request.RouteParameter == "throw")
                throw new PoisonException();
            if (request.RouteParameter == "stop")
                Context.Stop(Self);
            else
                Reply(HttpResponse.Text(request.Exchange, 200, "x"));
        }
    }

    private sealed class AsyncVoid : HttpHandlerActor
    {
        protected override async void OnRequest(HttpRequest request)
        {
            await Task.Yield();
            Reply(HttpResponse.Text(request.Exchange, 200, "x"));
        }
    }

    private sealed class Neither : HttpHandlerActor;

    private sealed class Both : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request) => Reply(HttpResponse.Text(request.Exchange, 200, "x"));

        protected override Task OnRequestAsync(HttpRequest request, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

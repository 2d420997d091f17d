using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Settings;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Handlers;

/// <summary>Three routers, and handlers with an instance for each of them.</summary>
public sealed class HandlerInstancesTests : TestKit
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly TestProbe _server;
    private readonly TestProbe _connection;
    private long _number;

    public HandlerInstancesTests()
        : base(TestSystem.Unserialized)
    {
        _server = CreateTestProbe("server");
        _connection = CreateTestProbe("connection");
    }

    private VirtualTime Time => (VirtualTime)Sys.Scheduler;

    [Fact]
    public void Each_router_has_an_instance_of_a_stateless_handler_and_they_share_any_other()
    {
        var targets = Start(PerReactor("echo"), new HandlerDefinition("one", Props.Create(typeof(Counter)), Routes()));
        Assert.Equal(["echo", "one"], targets[0].Select(NameOf));
        Assert.Equal(["echo-2", "one"], targets[1].Select(NameOf));
        Assert.Equal(["echo-3", "one"], targets[2].Select(NameOf));

        // The routers run side by side, so no two share an object that they change.
        Assert.Equal(6, targets.SelectMany(each => each).Distinct(ReferenceEqualityComparer.Instance).Count());
        Assert.All(targets, (each, router) => Assert.All(each, target => Assert.Equal(router, target.Router)));
    }

    [Fact]
    public void With_one_router_there_is_one_instance() =>
        Assert.Equal("echo", NameOf(Assert.Single(Assert.Single(Start(1, PerReactor("echo"))))));

    [Fact]
    public void An_instance_takes_no_name_that_is_another_handlers()
    {
        var targets = Start(PerReactor("echo"), PerReactor("echo-2"));
        Assert.Equal(["echo", "echo-3", "echo-4"], targets.Select(each => NameOf(each[0])));
        Assert.Equal(["echo-2", "echo-2-2", "echo-2-3"], targets.Select(each => NameOf(each[1])));
    }

    [Fact]
    public void An_instance_that_fails_is_rebuilt_alone()
    {
        var targets = Start(PerReactor("echo"));
        Assert.Equal(["1", "1", "1"], targets.Select(each => Ask(each[0], "count")));
        Assert.Equal("500", Ask(targets[1][0], "throw"));
        Assert.Equal(["2", "1", "2"], targets.Select(each => Ask(each[0], "count")));
        _server.ExpectNoMsg(0);
    }

    [Fact]
    public void An_instance_that_stops_is_out_of_service_for_its_router_alone()
    {
        var targets = Start(PerReactor("echo"));
        var gone = targets[1][0];
        Stop(gone);
        Assert.Equal([(gone, null)], Changes(1));
        Time.Advance(Pause);
        var back = Assert.Single(Changes(1));
        Assert.Same(gone, back.Target);
        Assert.Equal("echo-2", back.Actor!.Path.Name);
        Assert.Equal(["1", "1", "1"], targets.Select(each => Ask(each[0] == gone ? back.Actor : each[0].Actor!, "count")));
        _server.ExpectNoMsg(0);
    }

    [Fact]
    public void A_handler_without_instances_that_stops_is_out_of_service_for_all_routers()
    {
        var targets = Start(new HandlerDefinition("one", Props.Create(typeof(Counter)), Routes()));
        Stop(targets[0][0]);
        Assert.Equal(targets.Select(each => (each[0], (IActorRef?)null)), Changes(3));
        Time.Advance(Pause);
        var back = Changes(3);
        Assert.Equal(targets.Select(each => each[0]), back.Select(change => change.Target));
        Assert.NotNull(Assert.Single(back.Select(change => change.Actor).Distinct()));
    }

    [Fact]
    public void Instances_that_need_the_first_go_and_come_again_with_it()
    {
        var targets = Start(PerReactor("files") with { NeedsFirst = true });
        var (first, second, third) = (targets[0][0], targets[1][0], targets[2][0]);
        var (was2, was3) = (second.Actor, third.Actor);
        Stop(first);
        Assert.Equal([(first, null), (second, null), (third, null)], Changes(3));
        Time.Advance(Pause);
        var back = Changes(3);
        Assert.Equal("files", back[0].Actor!.Path.Name);
        Assert.Equal([(second, was2), (third, was3)], back[1..]);

        // But the first needs none of them.
        second.Actor!.Tell(PoisonPill.Instance);
        Assert.Equal([(second, null)], Changes(1));
    }

    [Fact]
    public void An_instance_that_is_back_before_the_first_waits_for_it()
    {
        var breaks = new Break();
        var targets = Start(new HandlerDefinition("files", Props.Create(typeof(Breakable), breaks), Routes())
        {
            Another = () => Props.Create(typeof(Counter)),
            NeedsFirst = true,
        });
        var (first, second, third) = (targets[0][0], targets[1][0], targets[2][0]);
        breaks.IsBroken = true;
        Stop(first);
        Changes(3);
        Stop(second);
        Changes(1);
        Time.Advance(Pause);

        // The first has tried in vain, and the second is there: in any order.
        Assert.All(Changes(4), change => Assert.Null(change.Actor));
        breaks.IsBroken = false;
        Time.Advance(TimeSpan.FromSeconds(30));
        var back = Changes(3);
        Assert.Equal([first, second, third], back.Select(change => change.Target));
        Assert.Equal(["files", "files-2", "files-3"], back.Select(change => change.Actor!.Path.Name));
    }

    private static HandlerDefinition PerReactor(string name)
    {
        var props = Props.Create(typeof(Counter));
        return new HandlerDefinition(name, props, Routes()) { Another = () => props };
    }

    private static RouteDefinition[] Routes() => [new("/", [RequestMethod.Get], null)];

    private static string NameOf(RouteTarget target) => target.Actor!.Path.Name;

    private RouteTarget[][] Start(params HandlerDefinition[] definitions) => Start(3, definitions);

    // What each router knows of the handlers, in their order.
    private RouteTarget[][] Start(int routers, params HandlerDefinition[] definitions)
    {
        var supervision = new SupervisionSettings(3, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        _server.ChildActorOf(HandlersActor.Props(definitions, supervision, TimeSpan.FromSeconds(1), routers), "handlers");
        return [.. _server.ExpectMsg<HandlersReady>().Routes.Select(routes => routes.Select(route => route.Handler).ToArray())];
    }

    private (RouteTarget Target, IActorRef? Actor)[] Changes(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => _server.ExpectMsg<HandlerChanged>()).Select(changed => (changed.Target, changed.Actor))];

    private void Stop(RouteTarget target)
    {
        // Behind its first request, so that it has begun.
        Ask(target, "count");
        target.Actor!.Tell(PoisonPill.Instance);
    }

    private string Ask(RouteTarget target, string what) => Ask(target.Actor!, what);

    private string Ask(IActorRef handler, string what)
    {
        handler.Tell(new HttpRequest(
            new Exchange(_connection, ++_number), RequestMethod.Get, new RequestTarget(TargetForm.Origin, "/", null), HttpVersion.Http11,
            HttpHeaders.Empty, default, what));
        var answer = _connection.ExpectMsg<HttpResponse>();
        return answer.Status == 200 ? HandlerKit.Text(answer) : $"{answer.Status}";
    }

    private sealed class Break
    {
        private volatile bool _isBroken;

        public bool IsBroken
        {
            get => _isBroken;
            set => _isBroken = value;
        }
    }

    // Counts its requests, from its building on.
    private class Counter : HttpHandlerActor
    {
        private int _count;

        protected override void OnRequest(HttpRequest request)
        {
            if (request.RouteParameter == "throw")
                throw new PoisonException();
            Reply(HttpResponse.Text(request.Exchange, 200, $"{++_count}"));
        }
    }

    private sealed class Breakable : Counter
    {
        public Breakable(Break breaks)
        {
            if (breaks.IsBroken)
                throw new PoisonException();
        }
    }
}

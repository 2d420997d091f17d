using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Configuration;
using BenchmarkDotNet.Attributes;

namespace ActorHttp.Micro;

/// <summary>Measures the way from a request to its handler.</summary>
public class RouterBenchmarks
{
    private const int Batch = 1000;

    private readonly ManualResetEventSlim _done = new();
    private RouteTable _table = null!;
    private ActorSystem _system = null!;
    private IActorRef _router = null!;
    private HttpRequest _request = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _system = ActorSystem.Create(
            "micro", ConfigurationFactory.ParseString("akka.loglevel = WARNING").WithFallback(ActorHttpSettings.Reference));
        var handler = _system.ActorOf(Props.Create(() => new CountingActor(_done)));
        _table = Tables.OfConsole(handler);
        _router = _system.ActorOf(RouterActor.Props(_table, ServedHosts.All));
        _request = new HttpRequest(
            new Exchange(ActorRefs.Nobody, 1), RequestMethod.Get, new RequestTarget(TargetForm.Origin, "/echo/abc", null),
            HttpVersion.Http11, HttpHeaders.Empty, RequestBody.None);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _system.Terminate().Wait();
        _done.Dispose();
    }

    [Benchmark(Description = "table: a parameter")]
    public bool Parameter() => _table.Find(RequestMethod.Get, "/echo/abc") is not null;

    [Benchmark(Description = "table: a whole path")]
    public bool Whole() => _table.Find(RequestMethod.Get, "/user-agent") is not null;

    [Benchmark(Description = "table: nothing")]
    public bool Nothing() => _table.Find(RequestMethod.Get, "/favicon.ico") is not null;

    /// <summary>Sends two messages, each from one actor to another.</summary>
    [Benchmark(Description = "router actor to handler actor, of 1000", OperationsPerInvoke = Batch)]
    public void Actor()
    {
        _done.Reset();
        for (var i = 0; i < Batch; i++)
            _router.Tell(_request, ActorRefs.Nobody);
        _done.Wait();
    }

    private sealed class CountingActor(ManualResetEventSlim done) : UntypedActor
    {
        private int _count;

        protected override void OnReceive(object message)
        {
            if (++_count % Batch == 0)
                done.Set();
        }
    }
}

using System.Diagnostics;
using ActorHttp.Connections;
using ActorHttp.ConsoleHost.Endpoints;
using ActorHttp.Dispatch;
using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Routing;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Configuration;

namespace ActorHttp.Micro.Cores;

/// <summary>The figures of one measurement.</summary>
/// <param name="Cores">The number of cores that the process got, on average.</param>
/// <param name="RequestsPerSecond">The number of answered requests a second.</param>
/// <param name="CpuMicroseconds">The CPU time of the process for each request.</param>
/// <param name="Foreign">The share of the answers that the thread of another core wrote.</param>
internal sealed record Sample(double Cores, double RequestsPerSecond, double CpuMicroseconds, double Foreign);

/// <summary>Several cores, with a router and an echo handler for each core, or with one router and one handler for all.</summary>
internal sealed class World : IDisposable
{
    private readonly ActorSystem _system;
    private readonly Core[] _cores;

    public World(int cores, bool isShared)
    {
        Cores = cores;
        IsShared = isShared;
        _system = ActorSystem.Create(
            "cores", ConfigurationFactory.ParseString("akka.loglevel = WARNING").WithFallback(ActorHttpSettings.Reference));
        _cores = [.. Enumerable.Range(0, cores).Select(_ => new Core())];

        // The cores also run the actors that the thread pool makes ready, such as connections at their creation.
        foreach (var core in _cores)
            RunQueuePools.Of(_system).Add(core);
        var settings = ActorHttpSettings.From(_system.Settings.Config);
        ServerContext? context = null;
        foreach (var core in _cores)
        {
            if (context is null || !isShared)
                context = new ServerContext(settings, NewRouter(_system), new DateField(TimeProvider.System), ReactorPool.None);
            core.Connect(_system, context);
        }
    }

    public int Cores { get; }

    public bool IsShared { get; }

    /// <summary>Creates a router and its echo handler, as a server has them.</summary>
    public static IActorRef NewRouter(ActorSystem system)
    {
        var echo = system.ActorOf(
            Props.Create(typeof(EchoActor)).WithDispatcher(ActorHttpSettings.Dispatcher).WithMailbox(ActorHttpSettings.HandlerMailbox));
        return system.ActorOf(
            RouterActor.Props(new RouteTable([new Route("/echo/{text}", [RequestMethod.Get], echo, null)]), ServedHosts.All));
    }

    /// <summary>Serves for this time, after a short warm-up, and returns the figures.</summary>
    public Sample Measure(TimeSpan warmUp, TimeSpan time)
    {
        using var end = new CancellationTokenSource();
        var threads = Array.ConvertAll(_cores, core => core.Start(end.Token));
        Thread.Sleep(warmUp);
        using var process = Process.GetCurrentProcess();
        var (answers, foreign, cpu, began) = (Answers, Foreign, process.TotalProcessorTime, Stopwatch.GetTimestamp());
        Thread.Sleep(time);
        process.Refresh();
        var (count, spent, elapsed) = (Answers - answers, process.TotalProcessorTime - cpu, Stopwatch.GetElapsedTime(began));
        var sample = new Sample(
            spent / elapsed, count / elapsed.TotalSeconds, spent.TotalMicroseconds / count, (Foreign - foreign) / (double)count);
        end.Cancel();
        foreach (var thread in threads)
            thread.Join();
        return sample;
    }

    public void Dispose()
    {
        foreach (var core in _cores)
            core.Dispose();
        _system.Terminate().Wait();
    }

    private long Answers => _cores.Sum(core => core.Answers);

    private long Foreign => _cores.Sum(core => core.Foreign);
}

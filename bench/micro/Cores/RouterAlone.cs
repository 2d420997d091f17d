using System.Diagnostics;
using ActorHttp.Dispatch;
using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Configuration;

namespace ActorHttp.Micro.Cores;

/// <summary>
/// Measures the cost of the router and the handler alone. When all cores share one router and one handler, this part of a request
/// runs on one thread at a time. So it limits the throughput of all cores together.
/// </summary>
internal static class RouterAlone
{
    // The number of requests that a reactor with 64 connections can have ready at once.
    private const int Wave = 64;
    private const int Waves = 3000;

    /// <summary>
    /// Returns the CPU time of a request in microseconds: the least of all rounds, because other programs can only add to the time.
    /// </summary>
    public static double Measure(int rounds)
    {
        var least = double.MaxValue;
        var thread = new Thread(() =>
        {
            using var system = ActorSystem.Create(
                "alone", ConfigurationFactory.ParseString("akka.loglevel = WARNING").WithFallback(ActorHttpSettings.Reference));
            var runQueue = new RunQueue();
            runQueue.Attach();
            var router = World.NewRouter(system);
            var request = new HttpRequest(
                new Exchange(ActorRefs.Nobody, 1), RequestMethod.Get, new RequestTarget(TargetForm.Origin, "/echo/x", null),
                HttpVersion.Http11, HttpHeaders.Of(("Host", "x")), RequestBody.None);
            for (var round = 0; round <= rounds; round++)
            {
                var cost = Serve(runQueue, router, request);

                // The first round warms up the JIT compiler.
                least = round == 0 ? least : Math.Min(least, cost);
            }

            runQueue.Close();
        });
        thread.Start();
        thread.Join();
        return least;
    }

    private static double Serve(RunQueue runQueue, IActorRef router, HttpRequest request)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        for (var wave = 0; wave < Waves; wave++)
        {
            for (var i = 0; i < Wave; i++)
                router.Tell(request, ActorRefs.NoSender);
            while (runQueue.RunReady(int.MaxValue))
            {
            }
        }

        process.Refresh();
        return (process.TotalProcessorTime - before).TotalMicroseconds / (Wave * Waves);
    }
}

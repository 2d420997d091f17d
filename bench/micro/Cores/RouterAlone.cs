using System.Diagnostics;
using ActorHttp.Dispatch;
using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Configuration;

namespace ActorHttp.Micro.Cores;

/// <summary>
/// What the router and the handler cost by themselves. Where all cores share one of each, this part of a request runs on one
/// thread at a time, so it bounds what all cores together can serve.
/// </summary>
internal static class RouterAlone
{
    // As many requests as a reactor with 64 connections has ready at once.
    private const int Wave = 64;
    private const int Waves = 3000;

    /// <summary>Microseconds of CPU a request: the least of some rounds, because a busy machine only adds.</summary>
    public static double Measure(int rounds)
    {
        var least = double.MaxValue;
        var thread = new Thread(() =>
        {
            using var system = ActorSystem.Create("alone", ConfigurationFactory.ParseString("akka.loglevel = WARNING").WithFallback(ActorHttpSettings.Reference));
            var runQueue = new RunQueue();
            runQueue.Attach();
            var router = World.NewRouter(system);
            var request = new HttpRequest(
                new Exchange(ActorRefs.Nobody, 1), RequestMethod.Get, new RequestTarget(TargetForm.Origin, "/echo/x", null), HttpVersion.Http11, HttpHeaders.Of(("Host", "x")), RequestBody.None);
            for (var round = 0; round <= rounds; round++)
            {
                var cost = Serve(runQueue, router, request);

                // The first round is for the compiler.
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

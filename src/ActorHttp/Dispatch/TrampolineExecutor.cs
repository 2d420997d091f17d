using Akka.Configuration;
using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>
/// Runs an actor on the thread that has sent it something, where that is one that runs actors (<see cref="Trampoline"/>), else
/// on one of those; where there is none, on the thread pool, as Akka's own default does.
/// </summary>
internal sealed class TrampolineExecutor(string id, TrampolineHosts hosts) : ExecutorService(id)
{
    public override void Execute(IRunnable run)
    {
        if (!Trampoline.TryJoin(run) && !hosts.TryRun(run))
            ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
    }

    // The threads are not ours.
    public override void Shutdown()
    {
    }
}

/// <summary>Akka creates it, by the name in hocon/reference.conf.</summary>
internal sealed class TrampolineExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) => new TrampolineExecutor(id, TrampolineHosts.Of(Prerequisites.Settings.System));
}

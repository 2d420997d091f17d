using Akka.Configuration;
using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>Creates a <see cref="WorkerExecutor"/>. Akka finds this class by the class name in hocon/reference.conf.</summary>
internal sealed class WorkerExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) => new WorkerExecutor(
        id,
        Config.GetString("threads") == "auto" ? Environment.ProcessorCount : Config.GetInt("threads"),
        Prerequisites.Settings.Config.GetTimeSpan("actor-http.io.stall-threshold"),
        Prerequisites.Scheduler);
}

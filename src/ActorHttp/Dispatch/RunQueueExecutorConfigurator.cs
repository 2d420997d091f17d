using Akka.Configuration;
using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>Creates a <see cref="RunQueueExecutor"/>. Akka finds this class by the class name in hocon/reference.conf.</summary>
internal sealed class RunQueueExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) => new RunQueueExecutor(id, RunQueuePools.Of(Prerequisites.Settings.System));
}

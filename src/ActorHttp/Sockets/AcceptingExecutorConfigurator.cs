using ActorHttp.Dispatch;
using Akka.Configuration;
using Akka.Dispatch;

namespace ActorHttp.Sockets;

/// <summary>
/// Creates an <see cref="AcceptingExecutor"/>. Akka finds this class by the class name in the key
/// <c>akka.actor.default-dispatcher.executor</c>. docs/dispatcher.md describes which program sets this key.
/// </summary>
internal sealed class AcceptingExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) => new AcceptingExecutor(id, RunQueuePools.Of(Prerequisites.Settings.System));
}

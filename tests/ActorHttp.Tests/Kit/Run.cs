using Akka.Dispatch;

namespace ActorHttp.Tests.Kit;

/// <summary>A piece of work as a dispatcher gets it, in the place of a mailbox.</summary>
internal sealed class Run(Action body) : IRunnable
{
    public void Execute() => body();

    void IRunnable.Run() => body();
}

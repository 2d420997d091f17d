using ActorHttp.Handlers.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Handlers.Files;

/// <summary>Digests one file for one request, step by step, and tells its parent. It ends early when the client is gone.</summary>
internal sealed class FileDigestActor(HttpRequest request, SafeFileHandle handle, long length, DigestAlgorithm algorithm, EntityTag tag) : UntypedActor
{
    private readonly FileDigest _digest = new(handle, length, algorithm);

    public static Props Props(HttpRequest request, ReadOutcome.Digest wanted) =>
        Akka.Actor.Props.Create(typeof(FileDigestActor), request, wanted.Handle, wanted.Length, wanted.Algorithm, wanted.Tag)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(ActorHttpSettings.BlockingDispatcher);

    protected override void PreStart()
    {
        Context.Watch(request.Exchange.Connection);
        Self.Tell(NextStep.Instance);
    }

    // The parent's restart takes us along: its reader has closed nothing, but what has been digested is lost. Answer instead.
    protected override void PreRestart(Exception reason, object message)
    {
        request.Exchange.Connection.Tell(HttpResponse.Error(request.Exchange, 500, "The handler of this request failed."), Self);
        Context.Stop(Self);
    }

    protected override void PostRestart(Exception reason)
    {
    }

    protected override void PostStop()
    {
        _digest.Dispose();
        handle.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NextStep:
                Step();
                break;
            case Terminated:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Step()
    {
        try
        {
            if (_digest.Step() is not { } digest)
            {
                Self.Tell(NextStep.Instance);
                return;
            }

            Context.Parent.Tell(new FileDigested(request, algorithm, tag, digest), Self);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            request.Exchange.Connection.Tell(FaultAnswer.To(request, e, Context), Self);
        }

        Context.Stop(Self);
    }

    private sealed class NextStep : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly NextStep Instance = new();
    }
}

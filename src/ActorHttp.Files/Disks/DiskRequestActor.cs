using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Disks;

/// <summary>An actor for one disk operation of one request. It ends with the operation.</summary>
internal abstract class DiskRequestActor(HttpRequest request, DiskSeat seat) : UntypedActor
{
    protected HttpRequest Request => request;

    protected override void PreStart() => Self.Tell(Begin.Instance);

    // A restart is the parent's: the message that begins the work is still in the mailbox.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
    }

    protected override void PostStop() => seat.Leave();

    protected override void OnReceive(object message)
    {
        if (message is not Begin)
        {
            Unhandled(message);
            return;
        }

        try
        {
            Work();
        }
        catch (Exception e) when (AnswerFailure(e))
        {
            throw;
        }
        finally
        {
            seat.Leave();
            Context.Stop(Self);
        }
    }

    protected abstract void Work();

    protected void Reply(HttpResponse response) => response.Exchange.Connection.Tell(response, Self);

    private bool AnswerFailure(Exception reason)
    {
        RequestLog.Of(Context.System).Warning("files", GetType(), reason.GetType().Name, $"{request.Method} {request.Target} failed: {reason.Message}");
        Reply(HttpResponse.Error(request.Exchange, 500, "The handler of this request failed."));
        return false;
    }

    private sealed class Begin : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Begin Instance = new();
    }
}

using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Disks;

/// <summary>The base class of an actor that does one disk operation for one request. The actor stops after the operation.</summary>
/// <param name="request">The request.</param>
/// <param name="seat">The seat of the request. The seat has entered its gate already (<see cref="DiskSeat.GiveTurn"/>).</param>
internal abstract class DiskRequestActor(HttpRequest request, DiskSeat seat) : DiskActor(seat)
{
    protected HttpRequest Request => request;

    protected override void PreStart() => BeginWork();

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
            Context.Stop(Self);
        }
    }

    /// <summary>Does the disk operation. Answers the request, or sends the result to the parent.</summary>
    protected abstract void Work();

    protected void Reply(HttpResponse response) => response.Exchange.Connection.Tell(response, Self);

    // Answers 500 and logs the failure. Runs as an exception filter and returns false, so that the original exception goes to
    // supervision.
    private bool AnswerFailure(Exception reason)
    {
        RequestLog.Of(Context.System).Warning(
            "files", GetType(), reason.GetType().Name, $"{request.Method} {request.Target} failed: {reason.Message}");
        Reply(HttpResponse.Error(request.Exchange, 500, "The handler of this request failed."));
        return false;
    }
}

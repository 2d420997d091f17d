using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Disks;

/// <summary>An actor for one operation on the disk for one request. It ends with the operation.</summary>
/// <param name="request">The request.</param>
/// <param name="seat">The seat of the request. It has entered its gate (<see cref="DiskSeat.GiveTurn"/>).</param>
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

    /// <summary>Does the operation, and answers the request or tells the parent what was found.</summary>
    protected abstract void Work();

    protected void Reply(HttpResponse response) => response.Exchange.Connection.Tell(response, Self);

    // A filter, not a catch: supervision gets the exception as it was thrown.
    private bool AnswerFailure(Exception reason)
    {
        RequestLog.Of(Context.System).Warning(
            "files", GetType(), reason.GetType().Name, $"{request.Method} {request.Target} failed: {reason.Message}");
        Reply(HttpResponse.Error(request.Exchange, 500, "The handler of this request failed."));
        return false;
    }
}

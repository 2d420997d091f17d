using ActorHttp.Files.Disks;
using ActorHttp.Files.Storage;
using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Writing;

/// <summary>
/// The base of an actor that takes in the body of one request: it pulls part after part onto the disk, claims the exchange, and
/// answers once.
/// </summary>
/// <param name="request">The request.</param>
/// <param name="seat">The seat at the gate of the path.</param>
internal abstract class BodyReaderActor(HttpRequest request, DiskSeat seat) : DiskActor(seat)
{
    protected HttpRequest Request => request;

    /// <summary>Whether the request has its answer, or needs none because the client has left.</summary>
    protected bool IsAnswered { get; private set; }

    /// <summary>Whether the work goes on to its end, even when the client leaves.</summary>
    protected abstract bool IsCommitted { get; }

    protected override void PreStart()
    {
        Context.Watch(request.Exchange.Connection);
        BeginWork();
    }

    protected sealed override void OnReceive(object message)
    {
        try
        {
            if (!Take(message))
                Unhandled(message);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            RefuseFault(FaultAnswer.To(request, e, Context, isWrite: true));
        }
    }

    /// <summary>Handles a message. Returns false for a message that it does not know.</summary>
    protected virtual bool Take(object message)
    {
        switch (message)
        {
            case Begin:
                Open();
                break;
            case BodyChunk chunk:
                if (Append(chunk.Bytes.Span))
                    Pull();
                break;
            case BodyEnd:
                EndBody();
                break;
            case ExchangeClaimed { IsGranted: true } or NextStep:
                Finish();
                break;
            case ExchangeClaimed:
                // The connection has answered an error, or the client has left. So nothing is stored.
                StopUnanswered();
                break;
            case BodyFailed or Terminated when !IsCommitted:
                // No client waits for an answer. PostStop removes what has come, or leaves it to be continued.
                StopUnanswered();
                break;
            case BodyFailed or Terminated:
                break;
            default:
                return false;
        }

        return true;
    }

    /// <summary>Opens the temporary file, and pulls the first part of the body; or refuses the request.</summary>
    protected abstract void Open();

    /// <summary>Stores a part of the body. Returns false when it has refused the request.</summary>
    protected abstract bool Append(ReadOnlySpan<byte> bytes);

    /// <summary>Checks a body that is complete, and claims the exchange; or refuses the request.</summary>
    protected abstract void EndBody();

    /// <summary>Does the next step behind the claim: digests, flushes, names.</summary>
    protected abstract void Finish();

    /// <summary>Removes what is not stored, or leaves it to be continued. It can run more than once.</summary>
    protected abstract void Release();

    /// <summary>Refuses the request after a fault of the disk.</summary>
    protected virtual void RefuseFault(HttpResponse refusal) => Refuse(refusal);

    /// <summary>Pulls the next part. The bytes of the previous part have been written, so their memory can be used again.</summary>
    protected void Pull() => request.Exchange.Connection.Tell(new PullBody(request.Exchange) { GivesBack = true }, Self);

    /// <summary>Asks for the right to be the only one that answers, because what follows takes long and cannot be undone.</summary>
    protected void Claim() => request.Exchange.Connection.Tell(new ClaimExchange(request.Exchange), Self);

    /// <summary>Sends the answer and stops. Returns false, as the result of a method that refuses.</summary>
    protected bool Refuse(HttpResponse response)
    {
        Answer(response);
        Context.Stop(Self);
        return false;
    }

    protected bool Refuse(int status, string reason) => Refuse(HttpResponse.Error(request.Exchange, status, reason));

    /// <summary>Sends the answer. What is not stored is removed before, so that a client that reads the answer does not find it.</summary>
    protected void Answer(HttpResponse response)
    {
        IsAnswered = true;
        Release();
        request.Exchange.Connection.Tell(response, Self);
    }

    /// <summary>Stops without an answer.</summary>
    protected void StopUnanswered()
    {
        IsAnswered = true;
        Context.Stop(Self);
    }

    /// <summary>Removes the temporary file of an upload that has not got its name. The log says when a part stays behind.</summary>
    protected void Discard(UploadFile upload)
    {
        if (upload.Discard() is { } fault)
            RequestLog.Of(Context.System).Warning("files", GetType(), "left behind", $"A part of an upload stays behind: {fault}");
    }
}

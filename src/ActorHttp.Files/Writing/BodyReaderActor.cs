using ActorHttp.Files.Disks;
using ActorHttp.Files.Storage;
using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Writing;

/// <summary>
/// The base class of actors that store the body of one request. The actor pulls one part of the body after the other and writes
/// each part to the disk. Then the actor claims the exchange and sends the only answer.
/// </summary>
/// <param name="request">The request.</param>
/// <param name="seat">The seat in the gate of the path.</param>
internal abstract class BodyReaderActor(HttpRequest request, DiskSeat seat) : DiskActor(seat)
{
    protected HttpRequest Request => request;

    /// <summary>Whether the request needs no more answer from this actor: the answer was sent, or the client has disconnected.</summary>
    protected bool IsAnswered { get; private set; }

    /// <summary>Whether the work continues to its end even when the client disconnects.</summary>
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

    /// <summary>Handles a message. Returns false for a message of an unknown type.</summary>
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
                // The connection has answered with an error, or the client has disconnected. So the upload is not stored.
                StopUnanswered();
                break;
            case BodyFailed or Terminated when !IsCommitted:
                // The client does not wait for an answer any more. PostStop discards the upload, or keeps the upload so that the
                // client can continue it.
                StopUnanswered();
                break;
            case BodyFailed or Terminated:
                break;
            default:
                return false;
        }

        return true;
    }

    /// <summary>Opens the temporary file and pulls the first part of the body, or refuses the request.</summary>
    protected abstract void Open();

    /// <summary>Stores a part of the body. Returns false when this method has refused the request.</summary>
    protected abstract bool Append(ReadOnlySpan<byte> bytes);

    /// <summary>Checks the complete body and claims the exchange, or refuses the request.</summary>
    protected abstract void EndBody();

    /// <summary>Does the next step after the claim: computes digests, flushes files, or asks the writer to rename files.</summary>
    protected abstract void Finish();

    /// <summary>
    /// Discards uploads that were not stored, or keeps an upload that the client can continue. This method may be called more
    /// than once.
    /// </summary>
    protected abstract void Release();

    /// <summary>Refuses the request after a fault of the file system.</summary>
    protected virtual void RefuseFault(HttpResponse refusal) => Refuse(refusal);

    /// <summary>
    /// Pulls the next part of the body. The bytes of the previous part have been written to the file, so the connection may reuse
    /// the buffer of that part.
    /// </summary>
    protected void Pull() => request.Exchange.Connection.Tell(new PullBody(request.Exchange) { GivesBack = true }, Self);

    /// <summary>
    /// Asks the connection to let only this actor answer the request. The steps after the claim take long and cannot be undone.
    /// </summary>
    protected void Claim() => request.Exchange.Connection.Tell(new ClaimExchange(request.Exchange), Self);

    /// <summary>Sends the answer and stops the actor. Always returns false, so that a caller can return the result.</summary>
    protected bool Refuse(HttpResponse response)
    {
        Answer(response);
        Context.Stop(Self);
        return false;
    }

    protected bool Refuse(int status, string reason) => Refuse(HttpResponse.Error(request.Exchange, status, reason));

    /// <summary>
    /// Calls <see cref="Release"/> and then sends the answer. In this order, a client that has the answer does not find files
    /// that were not stored.
    /// </summary>
    protected void Answer(HttpResponse response)
    {
        IsAnswered = true;
        Release();
        request.Exchange.Connection.Tell(response, Self);
    }

    /// <summary>Stops the actor without an answer.</summary>
    protected void StopUnanswered()
    {
        IsAnswered = true;
        Context.Stop(Self);
    }

    /// <summary>Deletes the temporary file of an upload that was not renamed to its target. Logs a file that cannot be deleted.</summary>
    protected void Discard(UploadFile upload)
    {
        if (upload.Discard() is { } fault)
            RequestLog.Of(Context.System).Warning("files", GetType(), "left behind", $"A part of an upload stays behind: {fault}");
    }
}

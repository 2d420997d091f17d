using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers.Files;

/// <summary>One upload: pulls the request's body into a temporary file, gives it its name, and answers.</summary>
internal sealed class UploadActor(HttpRequest request, Upload upload) : UntypedActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public static Props Props(HttpRequest request, Upload upload) =>
        Akka.Actor.Props.Create(typeof(UploadActor), request, upload)
            .WithDispatcher(ActorHttpSettings.BlockingDispatcher)
            .WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        Context.Watch(request.Exchange.Connection);
        Self.Tell(Begin.Instance);
    }

    protected override void PostStop() => upload.Dispose();

    protected override void OnReceive(object message)
    {
        try
        {
            Take(message);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            var (status, reason) = FileFault.Answer(e);

            // What was looked up has gone in the meantime: for a write that is a conflict, not an absence.
            if (status == 404)
                (status, reason) = (409, "A folder on the way to this file has gone.");
            _log.Warning("{0} {1} failed: {2}", request.Method, request.Target, e.Message);
            Finish(HttpResponse.Error(request.Exchange, status, reason));
        }
        catch (Exception) when (AnswerFailure())
        {
            throw;
        }
    }

    private void Take(object message)
    {
        switch (message)
        {
            case Begin:
                upload.Open(request.Body.Length);
                if (request.Body.IsPresent)
                    Pull();
                else
                    Commit();
                break;
            case BodyChunk chunk:
                upload.Append(chunk.Bytes.Span);
                Pull();
                break;
            case BodyEnd:
                Commit();
                break;
            case BodyFailed or Terminated:
                // Nobody waits for an answer any more. PostStop removes what there is.
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Pull() => request.Exchange.Connection.Tell(new PullBody(request.Exchange), Self);

    private void Commit()
    {
        // The file may have changed since the request came in.
        if (FileVersion.Weigh(request.Headers, isRead: false, FileVersion.At(upload.Target), out _) != PreconditionOutcome.Proceed)
        {
            Finish(HttpResponse.Error(request.Exchange, 412, "The file is not the one that the condition names."));
            return;
        }

        var isNew = upload.Commit();

        // POST creates a resource each time (RFC 9110 §9.3.3), PUT tells the difference (§9.3.4).
        if (request.Method == RequestMethod.Put && !isNew)
            Finish(HttpResponse.Empty(request.Exchange, 204));
        else
            Finish(HttpResponse.Empty(request.Exchange, 201, HttpHeaders.Of(("Location", request.Target.Path))));
    }

    private void Finish(HttpResponse response)
    {
        upload.Dispose();
        request.Exchange.Connection.Tell(response, Self);
        Context.Stop(Self);
    }

    private bool AnswerFailure()
    {
        request.Exchange.Connection.Tell(HttpResponse.Error(request.Exchange, 500, "The upload failed."), Self);
        return false;
    }

    private sealed class Begin : INoSerializationVerificationNeeded
    {
        public static readonly Begin Instance = new();
    }
}

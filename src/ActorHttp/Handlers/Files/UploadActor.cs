using ActorHttp.Messages;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers.Files;

/// <summary>A transfer's word to the files actor: all bytes are there, and the upload is yours until you stop me.</summary>
internal sealed record SealedUpload(HttpRequest Request, Upload Upload) : INoSerializationVerificationNeeded;

/// <summary>One upload: pulls the request's body into a temporary file, and hands that to the files actor.</summary>
internal sealed class UploadActor(HttpRequest request, Upload upload) : UntypedActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private bool _isAnswered;

    public static Props Props(HttpRequest request, Upload upload) =>
        Akka.Actor.Props.Create(typeof(UploadActor), request, upload)
            .WithDispatcher(ActorHttpSettings.BlockingDispatcher)
            .WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        Context.Watch(request.Exchange.Connection);
        Self.Tell(Begin.Instance);
    }

    // The restart is the parent's, which takes its children along, and has nothing to do with us: one who throws here is
    // stopped. What has to outlive it is in the upload, which the Props carry.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
    }

    // Whatever ended us: the files actor, a fault here, or somebody who stopped us with the upload still open. What was
    // handed over is looked after too: should the files actor be gone before it sees it, nobody else would.
    protected override void PostStop()
    {
        if (!upload.IsSealed && !_isAnswered)
            Answer(HttpResponse.Error(request.Exchange, 500, "The upload failed."));
        if (upload.Discard() is { } fault)
            _log.Warning("A part of an upload stays behind: {0}", fault);
    }

    protected override void OnReceive(object message)
    {
        try
        {
            Take(message);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            var (status, reason) = FileFault.AnswerWrite(e);
            _log.Warning("{0} {1} failed: {2}", request.Method, request.Target, e.Message);
            Answer(HttpResponse.Error(request.Exchange, status, reason));
            Context.Stop(Self);
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
                    Seal();
                break;
            case BodyChunk chunk:
                upload.Append(chunk.Bytes.Span);
                Pull();
                break;
            case BodyEnd:
                Seal();
                break;
            case BodyFailed or Terminated when upload.IsSealed:
                break;
            case BodyFailed or Terminated:
                // Nobody waits for an answer any more. PostStop removes what there is.
                _isAnswered = true;
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Pull() => request.Exchange.Connection.Tell(new PullBody(request.Exchange), Self);

    // Whether and how the file takes its name is the parent's word: it takes one upload after the other, so that of two
    // that have the same condition only one finds it true.
    private void Seal()
    {
        upload.Seal();
        Context.Parent.Tell(new SealedUpload(request, upload), Self);
    }

    private void Answer(HttpResponse response)
    {
        _isAnswered = true;
        upload.Discard();
        request.Exchange.Connection.Tell(response, Self);
    }

    private sealed class Begin : INoSerializationVerificationNeeded
    {
        public static readonly Begin Instance = new();
    }
}

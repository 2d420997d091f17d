using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Logging;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Writing;

/// <summary>A transfer's word to its writer: all bytes are there and found right, and the upload is yours until you stop me.</summary>
/// <param name="Fields">What the answer is to say of the bytes.</param>
internal sealed record SealedUpload(HttpRequest Request, UploadPlan Plan, UploadFile Upload, HttpHeaders Fields) : INoSerializationVerificationNeeded
{
    private int _takers;

    /// <summary>Whether the writer has answered the request.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>
    /// True for the first who asks: that one decides about the upload, and answers. The writer, or the transfer, when it ends before
    /// the writer has begun.
    /// </summary>
    public bool TryTake() => Interlocked.Increment(ref _takers) == 1;
}

/// <summary>The writer's order to a transfer to end, because its client has come again; what there is stays.</summary>
internal sealed class LetGo : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly LetGo Instance = new();
}

/// <summary>One upload, or a part of one: pulls the request's body into a temporary file, and hands that to the writer.</summary>
internal sealed class UploadActor(HttpRequest request, UploadPlan plan, UploadFile upload, FileSettings settings, DiskSeat seat)
    : DiskActor(seat)
{
    // How often a client hears how far it has come, in bytes: often enough for a progress bar over a slow line.
    private const long ReportEach = 8 * 1024 * 1024;

    private long _reported;
    private bool _isAnswered;
    private SealedUpload? _sealed;

    // The client knows by which address it can go on.
    private bool _isTold;

    // Nothing of it is to stay, though it could be taken up again.
    private bool _isVoid;

    public static Props Props(HttpRequest request, UploadPlan plan, UploadFile upload, FileSettings settings, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(UploadActor), request, plan, upload, settings, seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.WritingDispatcher);

    protected override void PreStart()
    {
        Context.Watch(request.Exchange.Connection);
        Self.Tell(Begin.Instance);
    }

    // Whatever ended us: the writer, a fault here, or a stop with the upload still open. What the writer has taken is the writer's,
    // until the writer has answered; what it was sent and has not taken is ours.
    protected override void PostStop()
    {
        base.PostStop();
        if (_sealed is { } handedOver && !handedOver.TryTake() && !handedOver.IsAnswered)
            return;
        if (!_isAnswered && _sealed is not { IsAnswered: true })
            Answer(HttpResponse.Error(request.Exchange, 500, "The upload failed."));
        Release();
    }

    protected override void OnReceive(object message)
    {
        try
        {
            Take(message);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            // An upload of whose address the client has not heard yet cannot be taken up again.
            Refuse(FaultAnswer.To(request, e, Context, isWrite: true), isVoid: upload.HasLostBytes || (plan.Id is null && !_isTold));
        }
    }

    private void Take(object message)
    {
        switch (message)
        {
            case Begin:
                if (Open())
                    PullOrEnd();
                break;
            case BodyChunk chunk:
                if (Append(chunk.Bytes.Span))
                    Pull();
                break;
            case BodyEnd:
                Claim();
                break;
            case ExchangeClaimed { IsGranted: true } or GoOn:
                End();
                break;
            case ExchangeClaimed:
                // The client has been told an error, or has left: so nothing is stored.
                _isAnswered = true;
                Context.Stop(Self);
                break;
            case BodyFailed or Terminated when _sealed is not null:
                break;
            case BodyFailed or Terminated:
                // Nobody waits for an answer any more. PostStop removes what there is, or leaves it to be taken up again.
                _isAnswered = true;
                Context.Stop(Self);
                break;
            case LetGo when _sealed is null:
                Refuse(HttpResponse.Error(request.Exchange, 409, "Another request has taken this upload over."), isVoid: false);
                break;
            case LetGo:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private bool Open()
    {
        if (plan.Id is { } id)
            return Resume(id);
        upload.Open(plan.Length ?? request.Body.Length, plan.IsResumable ? UploadTicket.Of(request, upload.Target, plan.Length) : null);
        Digest(request.Headers["Repr-Digest"]);
        if (plan.IsResumable)
            Tell(HttpHeaders.Of(("Location", UploadResource.Location(request, upload.Id!)), ("Upload-Limit", UploadResource.Limit(settings))));
        return true;
    }

    private bool Resume(string id)
    {
        if (!upload.Resume(id))
        {
            Refuse(HttpResponse.Error(request.Exchange, 404, "There is no such upload."), isVoid: false);
            return false;
        }

        if (plan.Offset != upload.Length)
        {
            Refuse(UploadResource.MismatchingOffset(request.Exchange, upload.Length, plan.Offset), isVoid: false);
            return false;
        }

        // What was promised once is promised.
        var promised = upload.Ticket!.Length;
        if (promised is not null && ((plan.Length is { } length && length != promised) || promised < plan.Offset + (request.Body.Length ?? 0)))
        {
            Refuse(UploadResource.InconsistentLength(request.Exchange), isVoid: false);
            return false;
        }

        upload.CheckSpace(request.Body.Length ?? 0);
        if (plan.Length is { } said)
            upload.Promise(said);
        Digest(null);
        return true;
    }

    // From the first byte on, so that they need not be read again.
    private void Digest(string? reprDigest)
    {
        foreach (var digest in plan.ContentDigests)
            upload.Digest(digest.Algorithm);
        if (upload.Length > 0)
            return;
        if (reprDigest is not null && DigestFields.TryParse(reprDigest, out var whole))
        {
            foreach (var digest in whole)
                upload.Digest(digest.Algorithm);
        }

        if (plan.WantedDigest is { } wanted)
            upload.Digest(wanted);
    }

    private void PullOrEnd()
    {
        if (request.Body.IsPresent)
            Pull();
        else
            Claim();
    }

    // From here on nobody but us and the writer answers, so all that follows may take its time. What is only a part is not stored
    // by this request, and needs no claim.
    private void Claim()
    {
        if (plan.Completes)
            request.Exchange.Connection.Tell(new ClaimExchange(request.Exchange), Self);
        else
            End();
    }

    private void Pull() => request.Exchange.Connection.Tell(new PullBody(request.Exchange) { GivesBack = true }, Self);

    private bool Append(ReadOnlySpan<byte> bytes)
    {
        var length = upload.Length + bytes.Length;
        if (length > settings.BodySize)
        {
            Refuse(UploadResource.TooLarge(request.Exchange, settings), isVoid: true);
            return false;
        }

        if (length > upload.Ticket?.Length)
        {
            Refuse(UploadResource.InconsistentLength(request.Exchange), isVoid: true);
            return false;
        }

        upload.Append(bytes);
        if (plan.IsResumable && (_reported += bytes.Length) >= ReportEach)
        {
            _reported = 0;
            Tell(HttpHeaders.Of(("Upload-Offset", UploadResource.Text(upload.Length))));
        }

        return true;
    }

    private void End()
    {
        if (plan.ContentDigests.Any(digest => !upload.ContentDigest(digest.Algorithm).AsSpan().SequenceEqual(digest.Bytes.Span)))
        {
            // What came is not what was sent. What came before is.
            if (plan.IsResumable)
                upload.TakeBack();
            Refuse(HttpResponse.Error(request.Exchange, 400, "The content is not what Content-Digest says; nothing of it was stored."), isVoid: false);
        }
        else if (!plan.Completes)
        {
            Pause();
        }
        else if (upload.Ticket?.Length is { } promised && promised != upload.Length)
        {
            Refuse(UploadResource.InconsistentLength(request.Exchange), isVoid: false);
        }
        else if (MissingDigest() is { } missing)
        {
            upload.DigestWhole(missing);
            Self.Tell(GoOn.Instance);
        }
        else if (!IsWhole())
        {
            var refusal = HttpResponse.Error(request.Exchange, 400, "The file is not what Repr-Digest says; nothing of it was stored.");
            Refuse(plan.IsResumable ? refusal.With("Upload-Complete", "?1") : refusal, isVoid: true);
        }
        else
        {
            // Whether and how the file takes its name is the writer's word: it takes one upload after the other, so that of
            // two that have the same condition only one finds it true.
            var fields = plan.WantedDigest is { } wanted && upload.HasWholeDigest(wanted)
                ? HttpHeaders.Of(("Repr-Digest", DigestFields.Format(wanted, upload.WholeDigest(wanted))))
                : HttpHeaders.Empty;
            upload.Flush();
            _sealed = new SealedUpload(request, plan, upload, fields);
            Context.Parent.Tell(_sealed, Self);
        }
    }

    // A digest that has to be computed of bytes which earlier requests brought; null when none is missing. A wish is ignored for a
    // file that a reader would not be told the digest of either.
    private DigestAlgorithm? MissingDigest()
    {
        if (StatedDigests() is { } stated)
        {
            foreach (var digest in stated)
            {
                if (!upload.HasWholeDigest(digest.Algorithm))
                    return digest.Algorithm;
            }
        }

        return plan.WantedDigest is { } wanted && !upload.HasWholeDigest(wanted) && (settings.DigestSize is not { } most || upload.Length <= most)
            ? wanted
            : null;
    }

    private bool IsWhole() =>
        StatedDigests() is { } stated && stated.All(digest => upload.WholeDigest(digest.Algorithm).AsSpan().SequenceEqual(digest.Bytes.Span));

    // Null for a field that cannot be read.
    private Digest[]? StatedDigests() =>
        (upload.Ticket?.Headers["Repr-Digest"] ?? request.Headers["Repr-Digest"]) is not { } field ? []
        : DigestFields.TryParse(field, out var digests) ? digests
        : null;

    // The rest is to come with other requests. The answer says how many bytes are here to stay.
    private void Pause()
    {
        upload.Flush();
        var state = UploadResource.State(upload, settings);
        Answer(plan.Id is null
            ? HttpResponse.Empty(request.Exchange, 201, state.Add("Location", UploadResource.Location(request, upload.Id!)))
            : HttpResponse.Empty(request.Exchange, 204, state));
        Context.Stop(Self);
    }

    private void Refuse(HttpResponse response, bool isVoid)
    {
        _isVoid = isVoid;
        Answer(response);
        Context.Stop(Self);
    }

    // What there is goes or is left before the answer is out, so that who reads the answer finds it so.
    private void Answer(HttpResponse response)
    {
        _isAnswered = true;
        Release();
        request.Exchange.Connection.Tell(response, Self);
    }

    private void Release()
    {
        if (plan.IsResumable && !_isVoid)
            upload.Leave();
        else if (upload.Discard() is { } fault)
            RequestLog.Of(Context.System).Warning("files", GetType(), "left behind", $"A part of an upload stays behind: {fault}");
        upload.Dispose();
    }

    private void Tell(HttpHeaders headers)
    {
        _isTold = true;
        request.Exchange.Connection.Tell(new InterimResponse(request.Exchange, 104, headers), Self);
    }

    private sealed class GoOn : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly GoOn Instance = new();
    }

    private sealed class Begin : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Begin Instance = new();
    }
}

using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Writing;

/// <summary>
/// Asks the writer to commit an upload. The <see cref="UploadActor"/> has received all bytes and checked their digests.
/// </summary>
/// <param name="Request">The request that completes the upload.</param>
/// <param name="Plan">The plan of the request.</param>
/// <param name="Upload">The upload. Only the writer may use the upload from <see cref="TryTake"/> until the writer has answered.</param>
/// <param name="Fields">The header fields of the answer that describe the bytes.</param>
internal sealed record SealedUpload(HttpRequest Request, UploadPlan Plan, UploadFile Upload, HttpHeaders Fields)
    : INoSerializationVerificationNeeded
{
    private int _takers;

    /// <summary>Whether the writer has answered the request.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>
    /// Returns true to the first caller only. The first caller commits or discards the upload and sends the answer. The caller is
    /// the writer, or the <see cref="UploadActor"/> when it stops before the writer has begun.
    /// </summary>
    public bool TryTake() => Interlocked.Increment(ref _takers) == 1;
}

/// <summary>
/// Asks an <see cref="UploadActor"/> to stop and to keep the bytes, because the client has sent another request for the same
/// upload.
/// </summary>
internal sealed class LetGo : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly LetGo Instance = new();
}

/// <summary>
/// Receives one upload, or a part of an upload. Writes the body of the request to a temporary file, and sends the complete upload
/// to the writer.
/// </summary>
internal sealed class UploadActor(HttpRequest request, UploadPlan plan, UploadFile upload, FileSettings settings, DiskSeat seat)
    : BodyReaderActor(request, seat)
{
    // The number of bytes between two interim responses with the offset. The number is small enough for a progress bar on a slow
    // connection.
    private const long ReportEach = 8 * 1024 * 1024;

    private long _reported;
    private SealedUpload? _sealed;

    // Whether the client has received the address with which it can continue the upload.
    private bool _isTold;

    // Whether Release deletes all bytes, although the client could continue the upload.
    private bool _isVoid;

    public static Props Props(HttpRequest request, UploadPlan plan, UploadFile upload, FileSettings settings, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(UploadActor), request, plan, upload, settings, seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.WritingDispatcher);

    protected override bool IsCommitted => _sealed is not null;

    // The actor may be stopped at any time. If the writer has called TryTake, the upload belongs to the writer until the writer
    // has answered. Otherwise the upload still belongs to this actor.
    protected override void PostStop()
    {
        base.PostStop();
        if (_sealed is { } handedOver && !handedOver.TryTake() && !handedOver.IsAnswered)
            return;
        if (!IsAnswered && _sealed is not { IsAnswered: true })
            Answer(HttpResponse.Error(Request.Exchange, 500, "The upload failed."));
        Release();
    }

    protected override bool Take(object message)
    {
        if (message is not LetGo)
            return base.Take(message);
        if (_sealed is null)
            Refuse(409, "Another request has taken this upload over.");
        return true;
    }

    // Deletes the bytes of an upload that cannot be continued: the disk has lost bytes, or the client does not have the address
    // of the upload.
    protected override void RefuseFault(HttpResponse refusal)
    {
        _isVoid = upload.HasLostBytes || (plan.Id is null && !_isTold);
        Refuse(refusal);
    }

    protected override void Open()
    {
        if (plan.Id is { } id)
        {
            if (!Resume(id))
                return;
        }
        else
        {
            upload.Open(plan.Length ?? Request.Body.Length, plan.IsResumable ? UploadTicket.Of(Request, upload.Target, plan.Length) : null);
            Digest(Request.Headers["Repr-Digest"]);
            if (plan.IsResumable)
            {
                Tell(HttpHeaders.Of(
                    ("Location", UploadResource.Location(Request, upload.Id!)), ("Upload-Limit", UploadResource.Limit(settings))));
            }
        }

        if (Request.Body.IsPresent)
            Pull();
        else
            EndBody();
    }

    private bool Resume(string id)
    {
        if (!upload.Resume(id))
            return Refuse(404, "There is no such upload.");
        if (plan.Offset != upload.Length)
            return Refuse(UploadResource.MismatchingOffset(Request.Exchange, upload.Length, plan.Offset));

        // The length of the upload must not differ from the length in an earlier request.
        var promised = upload.Ticket!.Length;
        var isOther = plan.Length is { } length && length != promised;
        if (promised is not null && (isOther || promised < plan.Offset + (Request.Body.Length ?? 0)))
            return Refuse(UploadResource.InconsistentLength(Request.Exchange));
        upload.CheckSpace(Request.Body.Length ?? 0);
        if (plan.Length is { } said)
            upload.Promise(said);
        Digest(null);
        return true;
    }

    // Starts the digests before the first byte arrives, so that the bytes need not be read again.
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

    // Claims the exchange when this request completes the upload. After the claim only this actor and the writer answer, so the
    // digests may take long. A request that does not complete the upload needs no claim, because no file is renamed.
    protected override void EndBody()
    {
        if (plan.Completes)
            Claim();
        else
            Finish();
    }

    protected override bool Append(ReadOnlySpan<byte> bytes)
    {
        var length = upload.Length + bytes.Length;
        if (length > settings.BodySize)
            return RefuseAll(UploadResource.TooLarge(Request.Exchange, settings));
        if (length > upload.Ticket?.Length)
            return RefuseAll(UploadResource.InconsistentLength(Request.Exchange));
        upload.Append(bytes);
        if (plan.IsResumable && (_reported += bytes.Length) >= ReportEach)
        {
            _reported = 0;
            Tell(HttpHeaders.Of(("Upload-Offset", UploadResource.Text(upload.Length))));
        }

        return true;
    }

    protected override void Finish()
    {
        if (plan.ContentDigests.Any(digest => !upload.ContentDigest(digest.Algorithm).AsSpan().SequenceEqual(digest.Bytes.Span)))
        {
            // The received bytes differ from the bytes that the client has sent. Removes only the bytes of this request, because
            // the bytes of earlier requests are correct.
            if (plan.IsResumable)
                upload.TakeBack();
            Refuse(400, "The content is not what Content-Digest says; nothing of it was stored.");
        }
        else if (!plan.Completes)
        {
            Pause();
        }
        else if (upload.Ticket?.Length is { } promised && promised != upload.Length)
        {
            Refuse(UploadResource.InconsistentLength(Request.Exchange));
        }
        else if (MissingDigest() is { } missing)
        {
            upload.DigestWhole(missing);
            ContinueWork();
        }
        else if (!IsWhole())
        {
            var refusal = HttpResponse.Error(Request.Exchange, 400, "The file is not what Repr-Digest says; nothing of it was stored.");
            RefuseAll(plan.IsResumable ? refusal.With("Upload-Complete", "?1") : refusal);
        }
        else
        {
            // Sends the upload to the writer, which checks the preconditions and renames the file. The writer commits one upload
            // after the other. So of two uploads with the same precondition, the precondition is true for one only.
            var fields = plan.WantedDigest is { } wanted && upload.HasWholeDigest(wanted)
                ? HttpHeaders.Of(("Repr-Digest", DigestFields.Format(wanted, upload.WholeDigest(wanted))))
                : HttpHeaders.Empty;
            upload.Flush();
            _sealed = new SealedUpload(Request, plan, upload, fields);
            Context.Parent.Tell(_sealed, Self);
        }
    }

    // Returns the algorithm of a digest for which the bytes of earlier requests must be read; null when no digest is missing. A
    // digest that the client only wants (Want-Repr-Digest) is skipped when the file is larger than files.digest-size.
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

        var isTooLarge = settings.DigestSize is { } most && upload.Length > most;
        return plan.WantedDigest is { } wanted && !upload.HasWholeDigest(wanted) && !isTooLarge ? wanted : null;
    }

    private bool IsWhole() =>
        StatedDigests() is { } stated
        && stated.All(digest => upload.WholeDigest(digest.Algorithm).AsSpan().SequenceEqual(digest.Bytes.Span));

    // The digests in Repr-Digest; null when the field is malformed.
    private Digest[]? StatedDigests() =>
        (upload.Ticket?.Headers["Repr-Digest"] ?? Request.Headers["Repr-Digest"]) is not { } field ? []
        : DigestFields.TryParse(field, out var digests) ? digests
        : null;

    // Ends a request that does not complete the upload. The answer contains the number of bytes that are on the disk; later
    // requests send the rest.
    private void Pause()
    {
        upload.Flush();
        var state = UploadResource.State(upload, settings);
        Answer(plan.Id is null
            ? HttpResponse.Empty(Request.Exchange, 201, state.Add("Location", UploadResource.Location(Request, upload.Id!)))
            : HttpResponse.Empty(Request.Exchange, 204, state));
        Context.Stop(Self);
    }

    // Refuses the request. Also deletes the bytes of earlier requests.
    private bool RefuseAll(HttpResponse response)
    {
        _isVoid = true;
        return Refuse(response);
    }

    protected override void Release()
    {
        if (plan.IsResumable && !_isVoid)
            upload.Leave();
        else
            Discard(upload);
        upload.Dispose();
    }

    private void Tell(HttpHeaders headers)
    {
        _isTold = true;
        Request.Exchange.Connection.Tell(new InterimResponse(Request.Exchange, 104, headers), Self);
    }
}

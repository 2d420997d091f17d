using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Writing;

/// <summary>Sent by an upload's actor to the writer of its place: all bytes are there and have been found right.</summary>
/// <param name="Request">The request that completes the upload.</param>
/// <param name="Plan">What the request wants.</param>
/// <param name="Upload">The upload. It belongs to the writer from <see cref="TryTake"/> until the writer has answered.</param>
/// <param name="Fields">The fields of the answer that describe the bytes.</param>
internal sealed record SealedUpload(HttpRequest Request, UploadPlan Plan, UploadFile Upload, HttpHeaders Fields)
    : INoSerializationVerificationNeeded
{
    private int _takers;

    /// <summary>Whether the writer has answered the request.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>
    /// Returns true to the first caller, which then decides about the upload and answers. The caller is the writer, or the upload's actor
    /// when it stops before the writer has begun.
    /// </summary>
    public bool TryTake() => Interlocked.Increment(ref _takers) == 1;
}

/// <summary>Sent by the writer to an upload's actor whose client has come again: end, and leave the bytes.</summary>
internal sealed class LetGo : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly LetGo Instance = new();
}

/// <summary>One upload, or a part of one. Pulls the request's body into a temporary file, and hands the file to the writer.</summary>
internal sealed class UploadActor(HttpRequest request, UploadPlan plan, UploadFile upload, FileSettings settings, DiskSeat seat)
    : BodyReaderActor(request, seat)
{
    // How often a client is told the offset, in bytes: often enough for a progress bar on a slow line.
    private const long ReportEach = 8 * 1024 * 1024;

    private long _reported;
    private SealedUpload? _sealed;

    // Whether the client has been told the address at which the upload can be continued.
    private bool _isTold;

    // Whether all bytes have to be removed, although the upload can be continued.
    private bool _isVoid;

    public static Props Props(HttpRequest request, UploadPlan plan, UploadFile upload, FileSettings settings, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(UploadActor), request, plan, upload, settings, seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.WritingDispatcher);

    protected override bool IsCommitted => _sealed is not null;

    // The actor may stop at any time. An upload that the writer has taken belongs to the writer until the writer has answered. An upload
    // that was sent to the writer and not taken still belongs to this actor.
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

    // An upload whose address the client has not been told cannot be continued.
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

        // A length that an earlier request has promised cannot change.
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

    // Digests the bytes while they come, so that they need not be read again.
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

    // Behind the claim only this actor and the writer answer, so the rest may take its time. A part of a file is not stored under
    // the file's name, and needs no claim.
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
            // The bytes of this request are not those that were sent. The bytes of earlier requests are right.
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
            // The writer decides whether the file takes its name. It takes one upload after the other, so that of two uploads with the same
            // condition only one finds it true.
            var fields = plan.WantedDigest is { } wanted && upload.HasWholeDigest(wanted)
                ? HttpHeaders.Of(("Repr-Digest", DigestFields.Format(wanted, upload.WholeDigest(wanted))))
                : HttpHeaders.Empty;
            upload.Flush();
            _sealed = new SealedUpload(Request, plan, upload, fields);
            Context.Parent.Tell(_sealed, Self);
        }
    }

    // A digest that has to be computed of the bytes of earlier requests; null when none is missing. A wish is ignored for a file
    // that is too large for a digest (files.digest-size).
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

    // Null when the field cannot be read.
    private Digest[]? StatedDigests() =>
        (upload.Ticket?.Headers["Repr-Digest"] ?? Request.Headers["Repr-Digest"]) is not { } field ? []
        : DigestFields.TryParse(field, out var digests) ? digests
        : null;

    // Other requests bring the rest. The answer says how many bytes have been stored for good.
    private void Pause()
    {
        upload.Flush();
        var state = UploadResource.State(upload, settings);
        Answer(plan.Id is null
            ? HttpResponse.Empty(Request.Exchange, 201, state.Add("Location", UploadResource.Location(Request, upload.Id!)))
            : HttpResponse.Empty(Request.Exchange, 204, state));
        Context.Stop(Self);
    }

    // Refuses the request, and removes the bytes of earlier requests too.
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

using ActorHttp.Files.Settings;
using ActorHttp.Messages;
using ActorHttp.Semantics;

namespace ActorHttp.Files.Writing;

/// <summary>The properties of an upload that one request asks for.</summary>
/// <param name="Id">The identifier of the upload that the request continues; null for a new upload.</param>
/// <param name="IsResumable">Whether the server keeps the bytes when the upload is interrupted.</param>
/// <param name="Completes">Whether this request completes the file.</param>
/// <param name="Offset">The position of the content in the file, in bytes, as the client has sent it.</param>
/// <param name="Length">The length of the whole file in bytes; null when the client has not sent the length.</param>
/// <param name="ContentDigests">The digests that the content of this request must have (RFC 9530 §2).</param>
/// <param name="WantedDigest">The digest of the whole file that the answer should have; null for none.</param>
internal sealed record UploadPlan(
    string? Id, bool IsResumable, bool Completes, long Offset, long? Length, Digest[] ContentDigests, DigestAlgorithm? WantedDigest)
{
    /// <summary>
    /// Makes the plan of a PUT or POST. Returns null when the request must be refused; <paramref name="refusal"/> is then the
    /// answer.
    /// </summary>
    public static UploadPlan? Of(HttpRequest request, FileSettings settings, out HttpResponse refusal)
    {
        // The file system cannot store the content coding of a file (RFC 9110 §8.4). Later answers would contain the coded bytes
        // without the field Content-Encoding.
        if (request.Headers["Content-Encoding"] is { } coding && !coding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            refusal = HttpResponse
                .Error(request.Exchange, 415, "Files are stored as they are: send the bytes without a content coding.")
                .With("Accept-Encoding", "identity");
            return null;
        }

        // If the form were stored as a file, the file would begin with the delimiter of the form.
        if (MultipartForm.IsForm(request.Headers["Content-Type"]))
        {
            const string reason = "A form is no file: send the bytes alone (curl -T NAME), "
                + "or the form to the folder (curl -F file=@NAME), whose address ends in a slash.";
            refusal = HttpResponse.Error(request.Exchange, 415, reason);
            return null;
        }

        refusal = HttpResponse.Error(request.Exchange, 400, "Repr-Digest and Content-Digest are lists such as sha-256=:…: (RFC 9530).");
        var completes = UploadResource.Completes(request.Headers);
        if (!TryRead(request, "Content-Digest", out var content) || !TryRead(request, "Repr-Digest", out _))
            return null;
        var plan = new UploadPlan(
            Id: null,
            IsResumable: completes is not null,
            Completes: completes ?? true,
            Offset: 0,
            Length: null,
            ContentDigests: content,
            WantedDigest: Wanted(request));
        return Check(plan, request, settings, ref refusal);
    }

    /// <summary>
    /// Makes the plan of a PATCH to an upload resource. Returns null when the request must be refused; <paramref name="refusal"/>
    /// is then the answer.
    /// </summary>
    public static UploadPlan? OfAppend(HttpRequest request, string id, FileSettings settings, out HttpResponse refusal)
    {
        const string reason = "Upload-Offset must say where the content begins, as a number, "
            + "and Upload-Complete whether it is the last, as ?1 or ?0.";
        refusal = HttpResponse.Error(request.Exchange, 400, reason);
        if (!UploadResource.IsPartialUpload(request.Headers))
        {
            // The field Accept-Patch in a 415 answer: RFC 5789 §2.2.
            refusal = HttpResponse
                .Error(request.Exchange, 415, $"An upload is continued with Content-Type: {UploadResource.PartialUpload}.")
                .With("Accept-Patch", UploadResource.PartialUpload);
            return null;
        }

        if (UploadResource.OffsetOf(request.Headers) is not { } offset || UploadResource.Completes(request.Headers) is not { } completes)
            return null;
        refusal = HttpResponse.Error(request.Exchange, 400, "Content-Digest is a list such as sha-256=:…: (RFC 9530).");
        return TryRead(request, "Content-Digest", out var content)
            ? Check(new UploadPlan(id, true, completes, offset, null, content, Wanted(request)), request, settings, ref refusal)
            : null;
    }

    // Checks the length of the whole file. The length is in Upload-Length, or is the end of the last part; both must be equal
    // (draft-ietf-httpbis-resumable-upload §4.1.3).
    private static UploadPlan? Check(UploadPlan plan, HttpRequest request, FileSettings settings, ref HttpResponse refusal)
    {
        var content = request.Body.IsPresent ? request.Body.Length : 0;
        if (!plan.IsResumable)
            return plan with { Length = content };
        var said = UploadResource.LengthOf(request.Headers);
        var follows = plan.Completes ? plan.Offset + content : null;
        if ((said is not null && follows is not null && said != follows) || said < plan.Offset + (content ?? 0))
        {
            refusal = UploadResource.InconsistentLength(request.Exchange);
            return null;
        }

        if ((said ?? follows ?? plan.Offset + (content ?? 0)) > settings.BodySize)
        {
            refusal = UploadResource.TooLarge(request.Exchange, settings);
            return null;
        }

        return plan with { Length = said ?? follows };
    }

    private static bool TryRead(HttpRequest request, string field, out Digest[] digests)
    {
        digests = [];
        return request.Headers[field] is not { } value || DigestFields.TryParse(value, out digests);
    }

    private static DigestAlgorithm? Wanted(HttpRequest request) =>
        request.Headers["Want-Repr-Digest"] is { } wish ? DigestFields.Wanted(wish) : null;
}

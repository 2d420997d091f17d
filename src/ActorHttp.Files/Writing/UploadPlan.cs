using ActorHttp.Files.Settings;
using ActorHttp.Messages;
using ActorHttp.Semantics;

namespace ActorHttp.Files.Writing;

/// <summary>What a request wants of an upload.</summary>
/// <param name="Id">The upload that it goes on with; null for a new one.</param>
/// <param name="IsResumable">Whether what there is of it is kept when it breaks off.</param>
/// <param name="Completes">Whether the file is complete with this request.</param>
/// <param name="Offset">Where the content begins in the file, as the client believes.</param>
/// <param name="Length">What the whole file is to have, in bytes; null when the client has not said.</param>
/// <param name="ContentDigests">What the content of this request must come to (RFC 9530 §2).</param>
/// <param name="WantedDigest">The digest of the whole file that the client wants to be told; null for none.</param>
internal sealed record UploadPlan(
    string? Id, bool IsResumable, bool Completes, long Offset, long? Length, Digest[] ContentDigests, DigestAlgorithm? WantedDigest)
{
    /// <summary>The plan of a PUT or POST; null when it is refused.</summary>
    public static UploadPlan? Of(HttpRequest request, FileSettings settings, out HttpResponse refusal)
    {
        // RFC 9110 §8.4: a file has no place to keep its coding, so its bytes would be taken for what they are not.
        if (request.Headers["Content-Encoding"] is { } coding && !coding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            refusal = HttpResponse
                .Error(request.Exchange, 415, "Files are stored as they are: send the bytes without a content coding.")
                .With("Accept-Encoding", "identity");
            return null;
        }

        // Stored as it is, the file would begin with the form's delimiter.
        if (MultipartForm.IsForm(request.Headers["Content-Type"]))
        {
            refusal = HttpResponse.Error(
                request.Exchange, 415, "A form is no file: send the bytes alone (curl -T NAME), or the form to the folder (curl -F file=@NAME), whose address ends in a slash.");
            return null;
        }

        refusal = HttpResponse.Error(request.Exchange, 400, "Repr-Digest and Content-Digest are lists such as sha-256=:…: (RFC 9530).");
        var completes = UploadResource.Completes(request.Headers);
        if (!TryRead(request, "Content-Digest", out var content) || !TryRead(request, "Repr-Digest", out _))
            return null;
        return Check(new UploadPlan(null, completes is not null, completes ?? true, 0, null, content, Wanted(request)), request, settings, ref refusal);
    }

    /// <summary>The plan of a PATCH to an upload resource; null when it is refused.</summary>
    public static UploadPlan? OfAppend(HttpRequest request, string id, FileSettings settings, out HttpResponse refusal)
    {
        refusal = HttpResponse.Error(request.Exchange, 400, "Upload-Offset must say where the content begins, as a number, and Upload-Complete whether it is the last, as ?1 or ?0.");
        if (!UploadResource.IsPartialUpload(request.Headers))
        {
            // RFC 5789 §2.2
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

    // draft-ietf-httpbis-resumable-upload §4.1.3: the length is in Upload-Length, or follows from the last part, and both agree.
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

    private static DigestAlgorithm? Wanted(HttpRequest request) => request.Headers["Want-Repr-Digest"] is { } wish ? DigestFields.Wanted(wish) : null;
}

namespace ActorHttp.Semantics;

/// <summary>The result of evaluating the conditional fields of a request (RFC 9110 §13.2.2).</summary>
public enum PreconditionOutcome
{
    /// <summary>The server performs the method.</summary>
    Proceed,

    /// <summary>The server answers 304.</summary>
    NotModified,

    /// <summary>The server answers 412.</summary>
    Failed,
}

/// <summary>The values of the conditional fields; null for an absent field (RFC 9110 §13.1).</summary>
/// <param name="IfMatch">If-Match (§13.1.1).</param>
/// <param name="IfNoneMatch">If-None-Match (§13.1.2).</param>
/// <param name="IfModifiedSince">If-Modified-Since (§13.1.3).</param>
/// <param name="IfUnmodifiedSince">If-Unmodified-Since (§13.1.4).</param>
/// <param name="IfRange">If-Range (§13.1.5).</param>
public readonly record struct PreconditionFields(
    string? IfMatch, string? IfNoneMatch, string? IfModifiedSince, string? IfUnmodifiedSince, string? IfRange)
{
    /// <summary>Whether the request is unconditional.</summary>
    public bool IsEmpty =>
        IfMatch is null && IfNoneMatch is null
        && IfModifiedSince is null && IfUnmodifiedSince is null && IfRange is null;
}

/// <summary>
/// Evaluates the preconditions of a request (RFC 9110 §13). The caller evaluates the preconditions only when the answer without
/// conditions would be a 2xx or 412 (§13.2.1). So a precondition does not replace an error such as 404.
/// </summary>
public static class Preconditions
{
    /// <summary>Evaluates the fields in the order of RFC 9110 §13.2.2.</summary>
    /// <param name="fields">The conditional fields.</param>
    /// <param name="isRead">Whether the method is GET or HEAD.</param>
    /// <param name="current">The tag of the uncoded representation; null when there is no representation.</param>
    /// <param name="lastModified">The time of the last change; null when unknown.</param>
    /// <param name="matched">
    /// The entity tag for a 304: the tag of a coded variant when If-None-Match contains this tag, otherwise
    /// <paramref name="current"/>.
    /// </param>
    /// <param name="now">The server's time; null when the caller has no clock.</param>
    public static PreconditionOutcome Evaluate(
        in PreconditionFields fields,
        bool isRead,
        EntityTag? current,
        DateTimeOffset? lastModified,
        out EntityTag matched,
        DateTimeOffset? now = null)
    {
        matched = current.GetValueOrDefault();

        // Steps 1 and 2. RFC 9110 allows a success answer when the state change "has already succeeded". The server never sends
        // such a success answer, because another client may have caused an equal state. A client that has not received the first
        // answer must send a new request.
        if (fields.IfMatch is not null)
        {
            // §13.1.1: even "*" is true only "if the origin server has a current representation". The tag of a coded variant also
            // matches when the method changes the resource: a browser that received the gzip variant has no other tag. Each tag
            // of a variant belongs to one state of the file, so no update is lost. Only the exact tag matches for GET and HEAD,
            // because the client may join the bytes of the answer with other bytes of the same tag.
            if (current is not { } tag || !EntityTagList.MatchesStrong(fields.IfMatch, tag, orVariant: !isRead))
            {
                return PreconditionOutcome.Failed;
            }
        }
        else if (TryReadDate(fields.IfUnmodifiedSince, lastModified, now, out var unmodifiedSince, out var changed)
            && changed > unmodifiedSince)
        {
            return PreconditionOutcome.Failed;
        }

        // Step 3. When If-None-Match is present, step 4 is skipped, even if the condition of If-None-Match is true (§13.1.3).
        if (fields.IfNoneMatch is not null)
        {
            if (current is not { } tag || !EntityTagList.TryMatchWeak(fields.IfNoneMatch, tag, out matched))
            {
                return PreconditionOutcome.Proceed;
            }

            return isRead ? PreconditionOutcome.NotModified : PreconditionOutcome.Failed;
        }

        // Step 4. §13.1.3: the condition is false when the last change is "earlier or equal". A comparison for equality, the
        // default of nginx, would send the whole content to a cache that stored the date of its copy instead of Last-Modified. A
        // date in the future is ignored: such a date does not come from this server (§8.8.2.1), and so gives no information about
        // the client's copy. RFC 2616 §14.25 called a date in the future invalid.
        return isRead
            && TryReadDate(fields.IfModifiedSince, lastModified, now, out var modifiedSince, out var modified)
            && modified <= modifiedSince
            && !(modifiedSince > now?.ToUnixTimeSeconds())
            ? PreconditionOutcome.NotModified
            : PreconditionOutcome.Proceed;
    }

    /// <summary>Whether If-Range lets the Range field apply (step 5; RFC 9110 §13.1.5).</summary>
    /// <param name="ifRange">The value of If-Range; null when the field is absent.</param>
    /// <param name="current">The tag of the representation.</param>
    /// <param name="lastModified">The time of the last change.</param>
    /// <param name="now">The server's time; null when the caller has no clock.</param>
    public static bool RangeApplies(string? ifRange, EntityTag current, DateTimeOffset lastModified, DateTimeOffset? now = null)
    {
        if (ifRange is null)
        {
            return true;
        }

        if (EntityTag.TryParse(ifRange, out var tag))
        {
            return tag.StrongEquals(current);
        }

        // The dates must "exactly match", because the client joins the range with the bytes of its old copy. The date must also
        // be a strong validator (§8.8.2.2), so a date of the current second does not match. The representation can change again
        // within the current second.
        return TryReadDate(ifRange, lastModified, now, out var date, out var modified)
            && modified == date
            && !(date >= now?.ToUnixTimeSeconds());
    }

    // Returns both dates as Unix seconds, because the time of a file has fractions of a second and an HTTP-date has none. When
    // the method returns false, the caller ignores the field. §13.1.3 and §13.1.4 require that a recipient ignores the field for
    // an invalid date, and for a resource without a modification date.
    private static bool TryReadDate(string? value, DateTimeOffset? lastModified, DateTimeOffset? now, out long date, out long modified)
    {
        (date, modified) = (0, 0);
        if (value is null || lastModified is not { } moment || !TryParse(value, now, out var parsed))
        {
            return false;
        }

        (date, modified) = (parsed.ToUnixTimeSeconds(), moment.ToUnixTimeSeconds());
        return true;
    }

    private static bool TryParse(string value, DateTimeOffset? now, out DateTimeOffset date) =>
        now is { } moment ? HttpDate.TryParse(value, moment, out date) : HttpDate.TryParse(value, out date);
}

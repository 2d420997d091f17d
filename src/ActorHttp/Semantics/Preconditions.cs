namespace ActorHttp.Semantics;

/// <summary>What the conditional fields of a request decide (RFC 9110 §13.2.2).</summary>
internal enum PreconditionOutcome
{
    /// <summary>Perform the method.</summary>
    Proceed,

    /// <summary>304.</summary>
    NotModified,

    /// <summary>412.</summary>
    Failed,
}

/// <summary>The values of the conditional fields, null for an absent one (RFC 9110 §13.1).</summary>
internal readonly record struct PreconditionFields(
    string? IfMatch, string? IfNoneMatch, string? IfModifiedSince, string? IfUnmodifiedSince, string? IfRange)
{
    /// <summary>Whether the request is unconditional.</summary>
    public bool IsEmpty =>
        IfMatch is null && IfNoneMatch is null
        && IfModifiedSince is null && IfUnmodifiedSince is null && IfRange is null;
}

/// <summary>
/// Conditional requests (RFC 9110 §13). To be asked only when the answer without conditions would be a 2xx or
/// 412 (§13.2.1): a 404 stays a 404.
/// </summary>
internal static class Preconditions
{
    /// <summary>Decides by the fields in the order of RFC 9110 §13.2.2.</summary>
    /// <param name="fields">The conditional fields.</param>
    /// <param name="isRead">Whether the method is GET or HEAD.</param>
    /// <param name="current">The tag of the uncoded representation; null when there is no representation.</param>
    /// <param name="lastModified">When it last changed; null when unknown.</param>
    /// <param name="now">The server's time; null when it has no clock.</param>
    /// <param name="matched">The tag a 304 carries: of the variant If-None-Match named, else the current one.</param>
    public static PreconditionOutcome Evaluate(
        in PreconditionFields fields,
        bool isRead,
        EntityTag? current,
        DateTimeOffset? lastModified,
        out EntityTag matched,
        DateTimeOffset? now = null)
    {
        matched = current.GetValueOrDefault();

        // Steps 1 and 2. We do not look for a state change that "has already succeeded", as both would allow:
        // a client that lost our answer must ask again, not be told that somebody else's bytes are its own.
        if (fields.IfMatch is not null)
        {
            // §13.1.1: even "*" is true only "if the origin server has a current representation".
            // A client that is about to change the resource may know it by the tag of a coded variant: a browser that was
            // sent gzip has no other. That tag names this state and no other one, so there is no lost update. A read
            // must be exact: bytes may be glued to others of the same tag.
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

        // Step 3, which when present silences step 4 even if it holds (§13.1.3).
        if (fields.IfNoneMatch is not null)
        {
            if (current is not { } tag || !EntityTagList.TryMatchWeak(fields.IfNoneMatch, tag, out matched))
            {
                return PreconditionOutcome.Proceed;
            }

            return isRead ? PreconditionOutcome.NotModified : PreconditionOutcome.Failed;
        }

        // Step 4. §13.1.3: false when the last change is "earlier or equal". nginx compares for equality by
        // default, which sends everything again to a cache that kept the date of its copy instead of ours.
        // A date that is still to come is not ours: no answer of ours carries one (§8.8.2.1). It says nothing of what the
        // client has. RFC 2616 §14.25 called such a date invalid.
        return isRead
            && TryReadDate(fields.IfModifiedSince, lastModified, now, out var modifiedSince, out var modified)
            && modified <= modifiedSince
            && !(modifiedSince > now?.ToUnixTimeSeconds())
            ? PreconditionOutcome.NotModified
            : PreconditionOutcome.Proceed;
    }

    /// <summary>Step 5: whether a Range field counts, by If-Range (RFC 9110 §13.1.5).</summary>
    /// <param name="ifRange">The field's value; null for none.</param>
    /// <param name="current">The tag of the representation.</param>
    /// <param name="lastModified">When it last changed.</param>
    /// <param name="now">The server's time; null when it has no clock.</param>
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

        // "exactly match", not earlier or equal: an older copy's tail must not be glued to a newer head. And strong
        // only, in the sense of §8.8.2.2: within the second that the date names, the bytes can change once more.
        return TryReadDate(ifRange, lastModified, now, out var date, out var modified)
            && modified == date
            && !(date >= now?.ToUnixTimeSeconds());
    }

    // Both as Unix seconds, since a file's clock is finer than an HTTP-date. False means ignore the field:
    // §13.1.3 and §13.1.4 ask so for a value that is no HTTP-date and for a resource without a modification date.
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

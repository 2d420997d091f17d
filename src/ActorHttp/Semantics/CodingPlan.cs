using System.Globalization;
using ActorHttp.Messages;

namespace ActorHttp.Semantics;

/// <summary>Which content coding an answer gets (RFC 9110 §8.4, §12.5.3).</summary>
/// <param name="Coding">The coding; identity for none.</param>
/// <param name="Varies">Whether another Accept-Encoding would have given other bytes, which caches must be told (§12.5.5).</param>
/// <param name="IsNotAcceptable">Whether the client refuses all that can be offered, the bare bytes included: 406.</param>
internal readonly record struct CodingPlan(ContentCoding Coding, bool Varies, bool IsNotAcceptable)
{
    private static readonly CodingPlan AsIs = new(ContentCoding.Identity, false, false);

    /// <summary>The plan for an answer whose body has <paramref name="length"/> bytes, null when that is not known.</summary>
    public static CodingPlan For(
        string? acceptEncoding, int status, HttpHeaders headers, long? length, CodingChoice choice, CodingSettings settings)
    {
        // A part is one of the bytes as they are. RFC 9110 §15.3.7: it has the Vary that the whole would have.
        if (status == 206 && choice != CodingChoice.Never && settings.Order.Length > 0)
            return new CodingPlan(ContentCoding.Identity, IsWorthwhile(headers, WholeLength(headers["Content-Range"]), choice, settings), false);

        // Nothing to code, or not ours to code: an error must be readable.
        if (choice == CodingChoice.Never || length == 0 || status is < 200 or >= 300 or 204 || settings.Order.Length == 0)
            return AsIs;
        if (choice == CodingChoice.WhenWorthwhile && acceptEncoding is null && length < settings.MinSize)
            return AsIs;
        if (headers.Contains("Content-Encoding") || headers["Cache-Control"]?.Contains("no-transform", StringComparison.OrdinalIgnoreCase) == true)
            return AsIs;
        var isWorthwhile = IsWorthwhile(headers, length, choice, settings);
        var coding = AcceptEncoding.Select(acceptEncoding, settings.Order, identityPreferred: !isWorthwhile);
        if (coding is null)
            return new CodingPlan(ContentCoding.Identity, true, true);

        // A client that likes br better than identity still gets a picture as it is, unless it forbids that.
        if (!isWorthwhile && coding != ContentCoding.Identity && AcceptEncoding.Select(acceptEncoding, []) is not null)
            coding = ContentCoding.Identity;
        return new CodingPlan(coding.Value, isWorthwhile || coding != ContentCoding.Identity, false);
    }

    private static bool IsWorthwhile(HttpHeaders headers, long? length, CodingChoice choice, CodingSettings settings) =>
        choice == CodingChoice.Always || ((length is null || length >= settings.MinSize) && settings.MediaTypes.Contains(headers["Content-Type"]));

    // RFC 9110 §14.4: what stands behind the slash; null when that is no number.
    private static long? WholeLength(string? contentRange) =>
        contentRange is not null && long.TryParse(contentRange.AsSpan(contentRange.IndexOf('/', StringComparison.Ordinal) + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length
            : null;

    /// <summary>The fields of the coded answer: each coding has a tag of its own, for its bytes are other bytes (§8.8.3).</summary>
    public HttpHeaders HeadersOf(HttpHeaders headers)
    {
        if (headers["ETag"] is { } text && EntityTag.TryParse(text, out var tag))
            headers = headers.With("ETag", tag.For(Coding).ToString());
        return headers.Without("Accept-Ranges").With("Content-Encoding", Coding.Token()).WithVary("Accept-Encoding");
    }
}

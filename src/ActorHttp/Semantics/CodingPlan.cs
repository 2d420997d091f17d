using System.Globalization;
using ActorHttp.Messages;

namespace ActorHttp.Semantics;

/// <summary>The decision about the content coding of an answer (RFC 9110 §8.4, §12.5.3).</summary>
/// <param name="Coding">The coding; identity for no coding.</param>
/// <param name="Varies">Whether another Accept-Encoding can change the bytes. The answer then needs Vary for caches (§12.5.5).</param>
/// <param name="IsNotAcceptable">
/// Whether the client accepts neither identity nor any coding of the server. The server then answers 406.
/// </param>
internal readonly record struct CodingPlan(ContentCoding Coding, bool Varies, bool IsNotAcceptable)
{
    private static readonly CodingPlan AsIs = new(ContentCoding.Identity, false, false);

    /// <summary>
    /// Decides about the content coding of an answer. <paramref name="length"/> is the length of its body in bytes; null when
    /// unknown.
    /// </summary>
    public static CodingPlan For(
        string? acceptEncoding, int status, HttpHeaders headers, long? length, CodingChoice choice, CodingSettings settings)
    {
        // A 206 contains a range of the uncoded bytes, so a 206 has no content coding. RFC 9110 §15.3.7: a 206 has the same Vary
        // field as a 200 to the same request would have.
        if (status == 206 && choice != CodingChoice.Never && settings.Order.Length > 0)
        {
            return new CodingPlan(
                ContentCoding.Identity, IsWorthwhile(headers, WholeLength(headers["Content-Range"]), choice, settings), false);
        }

        // The answer has no body, or must not have a content coding. Errors never have a content coding, so that every client can
        // read the error text.
        if (choice == CodingChoice.Never || length == 0 || status is < 200 or >= 300 or 204 || settings.Order.Length == 0)
            return AsIs;
        if (choice == CodingChoice.WhenWorthwhile && acceptEncoding is null && length < settings.MinSize)
            return AsIs;
        if (headers.Contains("Content-Encoding")
            || headers["Cache-Control"]?.Contains("no-transform", StringComparison.OrdinalIgnoreCase) == true)
        {
            return AsIs;
        }

        var isWorthwhile = IsWorthwhile(headers, length, choice, settings);
        var coding = AcceptEncoding.Select(acceptEncoding, settings.Order, identityPreferred: !isWorthwhile);
        if (coding is null)
            return new CodingPlan(ContentCoding.Identity, true, true);

        // Selects identity when a coding saves nothing (an image, for example), even if the client prefers br. Keeps the coding
        // when the client refuses identity.
        if (!isWorthwhile && coding != ContentCoding.Identity && AcceptEncoding.Select(acceptEncoding, []) is not null)
            coding = ContentCoding.Identity;
        return new CodingPlan(coding.Value, isWorthwhile || coding != ContentCoding.Identity, false);
    }

    private static bool IsWorthwhile(HttpHeaders headers, long? length, CodingChoice choice, CodingSettings settings) =>
        choice == CodingChoice.Always
            || ((length is null || length >= settings.MinSize) && settings.MediaTypes.Contains(headers["Content-Type"]));

    // Returns the complete length, which is the number after the slash in Content-Range (RFC 9110 §14.4). Returns null when
    // Content-Range is absent, or has no number after the slash.
    private static long? WholeLength(string? contentRange) =>
        contentRange is not null
        && long.TryParse(
            contentRange.AsSpan(contentRange.IndexOf('/', StringComparison.Ordinal) + 1),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var length)
            ? length
            : null;

    /// <summary>
    /// Returns the fields of the coded answer. Each coding has a different entity tag, because its bytes differ (RFC 9110 §8.8.3).
    /// </summary>
    public HttpHeaders HeadersOf(HttpHeaders headers)
    {
        if (headers["ETag"] is { } text && EntityTag.TryParse(text, out var tag))
            headers = headers.With("ETag", tag.For(Coding).ToString());
        return headers.Without("Accept-Ranges").With("Content-Encoding", Coding.Token()).WithVary("Accept-Encoding");
    }
}

using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Messages;

/// <summary>Whether the connection may apply a content coding (RFC 9110 §8.4) to a response.</summary>
public enum CodingChoice
{
    /// <summary>
    /// Applies a coding when <c>coding.media-types</c> contains the media type and the body has at least <c>coding.min-size</c>
    /// bytes.
    /// </summary>
    WhenWorthwhile,

    /// <summary>Applies a coding for every media type and size, if the client accepts a coding of the server.</summary>
    Always,

    /// <summary>Applies no coding.</summary>
    Never,
}

/// <summary>The body of a response: no bytes, bytes in memory, or a source that the connection pulls from.</summary>
public readonly record struct ResponseBody
{
    private ResponseBody(ReadOnlyMemory<byte> bytes, IActorRef? source, long? length)
    {
        Bytes = bytes;
        Source = source;
        Length = length;
    }

    /// <summary>
    /// The body without bytes. The answer has Content-Length 0, or no Content-Length when the status forbids this field.
    /// </summary>
    public static ResponseBody None => new(default, null, 0);

    /// <summary>The bytes; empty when there is a <see cref="Source"/>.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The actor that replies to <see cref="PullBody"/> with the parts of the body; null for bytes in memory.</summary>
    public IActorRef? Source { get; }

    /// <summary>
    /// The length in bytes; null when unknown. The connection sends a body without a length with the chunked coding. An HTTP/1.0
    /// client cannot decode chunked, so the end of the connection marks the end of the body.
    /// </summary>
    public long? Length { get; }

    /// <summary>Creates a body from bytes in memory. The bytes must not change afterwards.</summary>
    public static ResponseBody Of(ReadOnlyMemory<byte> bytes) => new(bytes, null, bytes.Length);

    /// <summary>
    /// Creates a body from the parts that <paramref name="source"/> sends in reply to <see cref="PullBody"/>. The connection
    /// resets when the source stops, fails, or sends another number of bytes than <paramref name="length"/>. The reset shows the
    /// client that the answer is incomplete. If the head has not been sent yet, the connection answers 500 instead of the reset.
    /// </summary>
    /// <param name="source">The actor that has the bytes.</param>
    /// <param name="length">The length of the body in bytes; null when unknown.</param>
    public static ResponseBody From(IActorRef source, long? length = null) => new(default, source, length);
}

/// <summary>
/// The answer to a request. A handler sends the answer to <see cref="Messages.Exchange.Connection"/>. The connection adds Date,
/// the framing (Content-Length or Transfer-Encoding), Connection and, if it applies a content coding, Content-Encoding. The
/// connection drops the fields Date, Content-Length, Transfer-Encoding, Connection, Keep-Alive and Upgrade of the handler, but
/// obeys <c>Connection: close</c>. If the handler has set Content-Encoding, the connection applies no further content coding. If
/// the client has disconnected, the answer is dropped without a log line, and the source of its body receives
/// <see cref="CancelBody"/>.
/// </summary>
/// <param name="Exchange">The exchange of the request.</param>
/// <param name="Status">The status code, 200 to 599 (RFC 9110 §15). The connection replaces an answer with another status by 500.</param>
/// <param name="Headers">The fields.</param>
/// <param name="Body">The body. The answer to HEAD has the same body as the answer to GET; the connection sends only the head.</param>
/// <param name="Coding">Whether the connection may apply a content coding.</param>
public sealed record HttpResponse(
    Exchange Exchange,
    int Status,
    HttpHeaders Headers,
    ResponseBody Body,
    CodingChoice Coding = CodingChoice.WhenWorthwhile) : IExchangeMessage, IDeadLetterSuppression
{
    private static readonly HttpHeaders TextPlain = HttpHeaders.Of(("Content-Type", "text/plain")).Reused();

    // Includes Vary, because CodingChoice.Always makes every answer depend on Accept-Encoding. The field is in the shared list,
    // so the connection does not have to add the field to each answer.
    private static readonly HttpHeaders VaryingTextPlain = HttpHeaders.Of(
        ("Content-Type", "text/plain"), ("Vary", "Accept-Encoding")).Reused();

    /// <summary>Creates a <c>text/plain</c> answer from text, encoded as UTF-8.</summary>
    public static HttpResponse Text(Exchange exchange, int status, string text) =>
        new(exchange, status, TextPlain, ResponseBody.Of(Encoding.UTF8.GetBytes(text)));

    /// <summary>Creates a <c>text/plain</c> answer from bytes. The bytes must not change afterwards.</summary>
    public static HttpResponse Text(
        Exchange exchange, int status, ReadOnlyMemory<byte> text, CodingChoice coding = CodingChoice.WhenWorthwhile) =>
        new(exchange, status, coding == CodingChoice.Always ? VaryingTextPlain : TextPlain, ResponseBody.Of(text), coding);

    /// <summary>Creates an error answer whose body is <paramref name="reason"/> as one line of text.</summary>
    public static HttpResponse Error(Exchange exchange, int status, string reason) =>
        Text(exchange, status, Encoding.UTF8.GetBytes(reason + "\n"), CodingChoice.Never);

    /// <summary>
    /// Returns a copy with this field and without all other fields of the same name (<see cref="HttpHeaders.With"/>).
    /// </summary>
    /// <param name="name">The name of the field.</param>
    /// <param name="value">The value of the field.</param>
    /// <exception cref="ArgumentException">
    /// The name is not a token, or the value contains a control character other than a tab, or a character above U+00FF.
    /// </exception>
    public HttpResponse With(string name, string value) => this with { Headers = Headers.With(name, value) };

    /// <summary>Returns a copy whose Vary field also contains <paramref name="field"/> (RFC 9110 §12.5.5).</summary>
    public HttpResponse WithVary(string field) => this with { Headers = Headers.WithVary(field) };

    /// <summary>
    /// Creates a 503 answer with Retry-After, which is <paramref name="retryAfter"/> rounded up to whole seconds (RFC 9110 §10.2.3,
    /// §15.6.4).
    /// </summary>
    public static HttpResponse Unavailable(Exchange exchange, string reason, TimeSpan retryAfter) =>
        Error(exchange, 503, reason)
            .With("Retry-After", ((long)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture));

    /// <summary>Creates an answer without content, such as 204.</summary>
    public static HttpResponse Empty(Exchange exchange, int status, HttpHeaders? headers = null) =>
        new(exchange, status, headers ?? HttpHeaders.Empty, ResponseBody.None, CodingChoice.Never);
}

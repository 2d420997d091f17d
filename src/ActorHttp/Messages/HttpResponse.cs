using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Messages;

/// <summary>Whether the connection may apply a content coding (RFC 9110 §8.4) to a response.</summary>
public enum CodingChoice
{
    /// <summary>When the media type gains from it and the body is not tiny.</summary>
    WhenWorthwhile,

    /// <summary>Whenever the client accepts one, whatever the size.</summary>
    Always,

    /// <summary>Never: the bytes leave as they are.</summary>
    Never,
}

/// <summary>A response's body: nothing, bytes in hand, or a source that the connection pulls from.</summary>
public readonly record struct ResponseBody
{
    private ResponseBody(ReadOnlyMemory<byte> bytes, IActorRef? source, long? length)
    {
        Bytes = bytes;
        Source = source;
        Length = length;
    }

    /// <summary>No content: Content-Length 0, or none where the status forbids it.</summary>
    public static ResponseBody None => new(default, null, 0);

    /// <summary>The bytes, when there is no <see cref="Source"/>.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The actor that answers <see cref="PullBody"/> with the body's parts; null for bytes in hand.</summary>
    public IActorRef? Source { get; }

    /// <summary>The length in bytes; null when the source does not know it, and the body is then chunked.</summary>
    public long? Length { get; }

    /// <summary>These bytes, which must not change any more.</summary>
    public static ResponseBody Of(ReadOnlyMemory<byte> bytes) => new(bytes, null, bytes.Length);

    /// <summary>
    /// What <paramref name="source"/> answers to <see cref="PullBody"/>. A source that ends before
    /// <paramref name="length"/> bytes, or stops, resets the connection: a truncated answer must look truncated. Before
    /// its first part nothing has been sent, and the answer becomes a 500.
    /// </summary>
    public static ResponseBody From(IActorRef source, long? length = null) => new(default, source, length);
}

/// <summary>
/// A handler's answer, sent to <see cref="Messages.Exchange.Connection"/>. The connection adds Date, the framing
/// (Content-Length or Transfer-Encoding), Connection and, where accepted, Content-Encoding; it leaves out what a
/// handler says in those fields, except <c>Connection: close</c>, which it obeys. One that comes after its client has left is
/// dropped without a log line, and its source is told <see cref="CancelBody"/>.
/// </summary>
/// <param name="Exchange">The exchange of the request.</param>
/// <param name="Status">The status code, 200 to 599 (RFC 9110 §15).</param>
/// <param name="Headers">The fields.</param>
/// <param name="Body">The body; for HEAD give the one that GET would have, and the connection sends only its fields.</param>
/// <param name="Coding">Whether a content coding may be applied.</param>
public sealed record HttpResponse(
    Exchange Exchange,
    int Status,
    HttpHeaders Headers,
    ResponseBody Body,
    CodingChoice Coding = CodingChoice.WhenWorthwhile) : IExchangeMessage, IDeadLetterSuppression
{
    private static readonly HttpHeaders TextPlain = HttpHeaders.Of(("Content-Type", "text/plain")).Reused();

    // Text that is coded whatever its size always varies: said here, it need not be added to each answer.
    private static readonly HttpHeaders VaryingTextPlain = HttpHeaders.Of(("Content-Type", "text/plain"), ("Vary", "Accept-Encoding")).Reused();

    /// <summary>A <c>text/plain</c> answer in UTF-8.</summary>
    public static HttpResponse Text(Exchange exchange, int status, string text) =>
        new(exchange, status, TextPlain, ResponseBody.Of(Encoding.UTF8.GetBytes(text)));

    /// <summary>A <c>text/plain</c> answer of these bytes.</summary>
    public static HttpResponse Text(Exchange exchange, int status, ReadOnlyMemory<byte> text, CodingChoice coding = CodingChoice.WhenWorthwhile) =>
        new(exchange, status, coding == CodingChoice.Always ? VaryingTextPlain : TextPlain, ResponseBody.Of(text), coding);

    /// <summary>An error: one line of text that says what was wrong.</summary>
    public static HttpResponse Error(Exchange exchange, int status, string reason) =>
        Text(exchange, status, Encoding.UTF8.GetBytes(reason + "\n"), CodingChoice.Never);

    /// <summary>503 to a client that may try again after that time, rounded up to seconds (RFC 9110 §10.2.3, §15.6.4).</summary>
    public static HttpResponse Unavailable(Exchange exchange, string reason, TimeSpan retryAfter)
    {
        var response = Error(exchange, 503, reason);
        return response with { Headers = response.Headers.Add("Retry-After", ((long)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture)) };
    }

    /// <summary>An answer without content, such as 204.</summary>
    public static HttpResponse Empty(Exchange exchange, int status, HttpHeaders? headers = null) =>
        new(exchange, status, headers ?? HttpHeaders.Empty, ResponseBody.None, CodingChoice.Never);
}

using Akka.Event;

namespace ActorHttp.Messages;

/// <summary>
/// An interim response before the final answer (RFC 9110 §15.2), such as 103 with links to preload, or the progress of an upload.
/// A handler sends any number of interim responses to <see cref="Messages.Exchange.Connection"/> before its
/// <see cref="HttpResponse"/>. Each interim response restarts the handler timeout if its request is the first of the pipeline.
/// The delivery is not guaranteed. The connection drops an interim response for a request whose answer has begun, and for an
/// HTTP/1.0 client. The connection keeps only the last 16 interim responses of a request while earlier answers are open, or while
/// the client does not read. A handler should send few interim responses. Some clients do not read while they send a body. The
/// connection cannot finish its writes to such a client, and finally resets.
/// </summary>
/// <param name="Exchange">The exchange of the request.</param>
/// <param name="Status">
/// The status code, 102 to 199. Only the connection sends 100 (RFC 9110 §10.1.1), and 101 would switch to another protocol.
/// </param>
/// <param name="Headers">
/// The fields. The connection drops Date and the fields about framing and the connection, and adds no fields.
/// </param>
/// <exception cref="ArgumentOutOfRangeException">The status is not between 102 and 199.</exception>
/// <exception cref="ArgumentNullException">The fields are null. For no fields, use <see cref="HttpHeaders.Empty"/>.</exception>
public sealed record InterimResponse(Exchange Exchange, int Status, HttpHeaders Headers) : IExchangeMessage, IDeadLetterSuppression
{
    /// <summary>The status code, 102 to 199 (RFC 9110 §15.2).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not between 102 and 199.</exception>
    public int Status { get; init => field = Checked(value); } = Checked(Status);

    // Checks for null here, so that the exception occurs in the handler that made the mistake. Without the check, a null would
    // make the connection fail while it writes a head.
    /// <summary>The fields.</summary>
    /// <exception cref="ArgumentNullException">The value is null. For no fields, use <see cref="HttpHeaders.Empty"/>.</exception>
    public HttpHeaders Headers { get; init => field = Checked(value); } = Checked(Headers);

    private static int Checked(int status) => status is >= 102 and <= 199
        ? status
        : throw new ArgumentOutOfRangeException(nameof(status), status, "An interim response of a handler has a status of 102 to 199.");

    private static HttpHeaders Checked(HttpHeaders headers) => headers ?? throw new ArgumentNullException(nameof(headers));
}

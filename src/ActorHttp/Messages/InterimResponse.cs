using Akka.Event;

namespace ActorHttp.Messages;

/// <summary>
/// A word to the client before the answer (RFC 9110 §15.2): 103 with links to fetch ahead, say, or how far an upload has come.
/// A handler sends any number of them to <see cref="Messages.Exchange.Connection"/> before its <see cref="HttpResponse"/>; each
/// shows that it is not silent. They are news and not promises: one for a request that is answered, or for an HTTP/1.0
/// client, is not sent, and when a client's turn has not come, or it takes nothing, only the last 16 are kept for it. A
/// client that does not read while it sends is reset in the end, so send them sparingly.
/// </summary>
/// <param name="Exchange">The exchange of the request.</param>
/// <param name="Status">
/// The status code, 102 to 199. 100 is the connection's own to send (RFC 9110 §10.1.1), and 101 would end HTTP here.
/// </param>
/// <param name="Headers">The fields. What they say of Date, the framing and the connection is left out, and nothing is added.</param>
/// <exception cref="ArgumentOutOfRangeException">The status is not 102 to 199.</exception>
/// <exception cref="ArgumentNullException">There are no fields, not even <see cref="HttpHeaders.Empty"/>.</exception>
public sealed record InterimResponse(Exchange Exchange, int Status, HttpHeaders Headers) : IExchangeMessage, IDeadLetterSuppression
{
    /// <summary>The status code, 102 to 199 (RFC 9110 §15.2).</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is another.</exception>
    public int Status { get; init => field = Checked(value); } = Checked(Status);

    // Refused here, where the handler is to blame: in the connection it would fail between two lines of the head.
    /// <summary>The fields.</summary>
    /// <exception cref="ArgumentNullException">There are none, not even <see cref="HttpHeaders.Empty"/>.</exception>
    public HttpHeaders Headers { get; init => field = Checked(value); } = Checked(Headers);

    private static int Checked(int status) => status is >= 102 and <= 199
        ? status
        : throw new ArgumentOutOfRangeException(nameof(status), status, "An interim response of a handler has a status of 102 to 199.");

    private static HttpHeaders Checked(HttpHeaders headers) => headers ?? throw new ArgumentNullException(nameof(headers));
}

namespace ActorHttp.Messages;

/// <summary>
/// A word to the client before the answer (RFC 9110 §15.2), such as 103 Early Hints; sent to
/// <see cref="Messages.Exchange.Connection"/> as often as there is something to say. It leaves in the order of the requests,
/// at once when its request is the first that is open; for one that is not, 16 are kept and more are dropped. Clients of
/// HTTP/1.0 are not told, and behind the answer it is dropped.
/// </summary>
public sealed record InterimResponse : IExchangeMessage
{
    /// <summary>An interim response.</summary>
    /// <param name="exchange">The exchange of the request.</param>
    /// <param name="status">102 to 199: 100 is the connection's own word, and protocols are not switched.</param>
    /// <param name="headers">The fields; those that frame a message or are about the connection are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">The status is no such one.</exception>
    public InterimResponse(Exchange exchange, int status, HttpHeaders headers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 102);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 199);
        Exchange = exchange;
        Status = status;
        Headers = headers;
    }

    /// <inheritdoc/>
    public Exchange Exchange { get; }

    /// <summary>The status code.</summary>
    public int Status { get; }

    /// <summary>The fields.</summary>
    public HttpHeaders Headers { get; }
}

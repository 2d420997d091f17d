namespace ActorHttp.Connections;

/// <summary>
/// The remaining time in which a client must send more of a request's body. Received bytes add time, at the lowest rate that a
/// client must keep. Each wait for the client subtracts time. The remaining time has an upper limit, so a client that sends
/// many bytes at once cannot stay silent for hours.
/// </summary>
internal sealed class BodyCredit
{
    private TimeSpan _left;
    private long _received;

    /// <summary>The number of the request that the body belongs to.</summary>
    public long Number { get; private set; }

    /// <summary>Starts the count for the body of a new request. The remaining time is the grace time.</summary>
    public void Start(long number, TimeSpan grace)
    {
        Number = number;
        _left = grace;
        _received = 0;
    }

    /// <summary>
    /// Raises the remaining time to the grace time if less time remains. Called when the server begins to discard the body.
    /// </summary>
    public void Renew(TimeSpan grace) => _left = _left < grace ? grace : _left;

    /// <summary>Counts bytes of the body that have arrived.</summary>
    public void Receive(int bytes) => _received += bytes;

    /// <summary>Subtracts the time of a wait for the client. Ignores a wait for the body of another request.</summary>
    public void Spend(long number, TimeSpan waited)
    {
        if (number == Number)
            _left -= waited;
    }

    /// <summary>Adds the time for the bytes received since the last call, and returns the remaining time.</summary>
    /// <param name="rate">The lowest rate that a client must keep, in bytes per second.</param>
    /// <param name="most">The upper limit of the remaining time.</param>
    public TimeSpan Settle(int rate, TimeSpan most)
    {
        var earned = (double)_received / rate;
        _received = 0;
        _left = earned >= (most - _left).TotalSeconds ? most : _left + TimeSpan.FromSeconds(earned);
        return _left;
    }
}

namespace ActorHttp.Connections;

/// <summary>
/// The time that a client still has to send more of a request's body. Bytes earn time at the least rate that a client must
/// manage, waits spend it, and it never exceeds a limit: a client that sent a lot at once cannot be silent for hours.
/// </summary>
internal sealed class BodyCredit
{
    private TimeSpan _left;
    private long _received;

    /// <summary>The number of the request whose body it is about.</summary>
    public long Number { get; private set; }

    /// <summary>Begins anew, for another request's body.</summary>
    public void Start(long number, TimeSpan grace)
    {
        Number = number;
        _left = grace;
        _received = 0;
    }

    /// <summary>Gives the grace again, where a body begins to be read for another purpose.</summary>
    public void Renew(TimeSpan grace) => _left = _left < grace ? grace : _left;

    /// <summary>Bytes of the body have come.</summary>
    public void Receive(int bytes) => _received += bytes;

    /// <summary>The client has been waited for; of no consequence when that was for another request's body.</summary>
    public void Spend(long number, TimeSpan waited)
    {
        if (number == Number)
            _left -= waited;
    }

    /// <summary>The time that is left, with what the bytes received since the last call have earned.</summary>
    /// <param name="rate">The least rate, in bytes a second.</param>
    /// <param name="most">The limit.</param>
    public TimeSpan Settle(int rate, TimeSpan most)
    {
        var earned = (double)_received / rate;
        _received = 0;
        _left = earned >= (most - _left).TotalSeconds ? most : _left + TimeSpan.FromSeconds(earned);
        return _left;
    }
}

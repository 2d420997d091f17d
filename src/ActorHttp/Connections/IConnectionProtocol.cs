namespace ActorHttp.Connections;

/// <summary>
/// What a connection speaks. The connection's actor has the mailbox, the timer and the supervision; the protocol has the bytes
/// and the exchanges. It is an object that the actor's restarts share, so a restart loses no more than the message in hand.
/// </summary>
/// <remarks>
/// Each method that starts with On does all the work that its event brings, up to the next deadline. None is called while
/// another one runs.
/// </remarks>
internal interface IConnectionProtocol
{
    /// <summary>How many requests are open: being received, being handled, or with an answer that the socket has not taken.</summary>
    int OpenRequests { get; }

    /// <summary>Names the actor that calls from now on: a new one after each restart.</summary>
    void Attach(IConnectionHost host);

    /// <summary>The transport is open.</summary>
    /// <param name="isWaiting">Whether the transport waits for the client. If not, <see cref="OnReadable"/> follows at once.</param>
    void OnOpened(bool isWaiting);

    /// <summary>The transport has something to read.</summary>
    void OnReadable();

    /// <summary>The transport has taken more of a write.</summary>
    void OnWritable();

    /// <summary>The client has sent FIN.</summary>
    void OnPeerClosed();

    /// <summary>A message about an exchange, or one of the protocol's own. Answers false for any other.</summary>
    bool OnMessage(object message);

    /// <summary>The timer has fired, perhaps too early (<see cref="IConnectionHost.WakeAt"/>).</summary>
    void OnDeadline();

    /// <summary>Open exchanges are finished, and no new ones are taken.</summary>
    void OnDrain();

    /// <summary>The time to drain is up.</summary>
    void OnDrainEnded();

    /// <summary>A new client needs the place of this one. Answers false when the connection is in use, and goes on.</summary>
    bool OnMakeRoom();

    /// <summary>The transport is closed. Those who work for the client are told.</summary>
    void OnClosed();

    /// <summary>The actor threw over this message. The protocol decides what it costs, and does it in <see cref="Recover"/>.</summary>
    void OnFailure(object? message);

    /// <summary>The actor has been restarted. Answers false when it has to stop, because the connection is over.</summary>
    bool Recover();

    /// <summary>The actor has stopped: everything that is held is given back.</summary>
    void Release();

    /// <summary>Asserts that the state is a legal one. Debug builds call it after every message.</summary>
    void CheckInvariants();
}

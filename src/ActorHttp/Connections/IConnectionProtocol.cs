namespace ActorHttp.Connections;

/// <summary>
/// The protocol of a connection. The connection's actor has the mailbox, the timer and the supervision, and the protocol has
/// the bytes and the exchanges. The protocol object survives the restarts of the actor, so a restart loses at most the message
/// that the actor was handling.
/// </summary>
/// <remarks>
/// Each method whose name starts with On does all the work of its event, and updates the deadline. No method is called while
/// another one runs.
/// </remarks>
internal interface IConnectionProtocol
{
    /// <summary>
    /// The number of open requests: requests that are received or handled now, or whose answer the socket has not taken yet.
    /// </summary>
    int OpenRequests { get; }

    /// <summary>Sets the actor that calls from now on. Called once more after each restart, with the new actor.</summary>
    void Attach(IConnectionHost host);

    /// <summary>Begins the work, after the transport has been opened.</summary>
    /// <param name="isWaiting">Whether the transport waits for the client. If not, <see cref="OnReadable"/> follows at once.</param>
    void OnOpened(bool isWaiting);

    /// <summary>Reads from the transport, which has something to read.</summary>
    void OnReadable();

    /// <summary>Continues an unfinished write of the transport.</summary>
    void OnWritable();

    /// <summary>Handles the client's FIN.</summary>
    void OnPeerClosed();

    /// <summary>Handles a message about an exchange, or a message of the protocol itself. Returns false for any other message.</summary>
    bool OnMessage(object message);

    /// <summary>Checks the deadline when the timer fires. The timer may fire too early (<see cref="IConnectionHost.WakeAt"/>).</summary>
    void OnDeadline();

    /// <summary>Finishes the open exchanges and accepts no new requests.</summary>
    void OnDrain();

    /// <summary>Resets the connection, because the time to drain is up.</summary>
    void OnDrainEnded();

    /// <summary>
    /// Ends the connection if it is idle or only lingers, because a new client needs its place. Returns false when the
    /// connection is in use.
    /// </summary>
    bool OnMakeRoom();

    /// <summary>Tells the actors that work for the client that the transport is closed.</summary>
    void OnClosed();

    /// <summary>
    /// Decides what happens after the actor threw on this message; null for no message. <see cref="Recover"/> carries the
    /// decision out.
    /// </summary>
    void OnFailure(object? message);

    /// <summary>Continues after a restart of the actor. Returns false when the actor must stop, because the connection is over.</summary>
    bool Recover();

    /// <summary>Gives back all memory and abandons the open exchanges, because the actor has stopped.</summary>
    void Release();

    /// <summary>Checks that the state is legal. Debug builds call this method after every message.</summary>
    void CheckInvariants();
}

namespace ActorHttp.Connections;

/// <summary>
/// The protocol of a connection. The protocol handles the bytes and the exchanges. The connection's actor owns the mailbox, the
/// timer and the supervision. The protocol object stays the same over the restarts of the actor, so a restart loses at most the
/// message that the actor was handling.
/// </summary>
/// <remarks>
/// Each method whose name starts with On does all the work of one event, and updates the deadline. No method is called while
/// another method of the protocol runs.
/// </remarks>
internal interface IConnectionProtocol
{
    /// <summary>
    /// The number of open requests. A request is open from its first byte until the socket has accepted the last byte of its
    /// answer.
    /// </summary>
    int OpenRequests { get; }

    /// <summary>
    /// Sets the actor that calls this protocol from now on. Called at the start, and after each restart with the new actor.
    /// </summary>
    void Attach(IConnectionHost host);

    /// <summary>Begins to serve the client. Called when the transport has been opened.</summary>
    /// <param name="isWaiting">Whether the transport waits for the client's first bytes. If false, <see cref="OnReadable"/>
    /// follows at once.</param>
    void OnOpened(bool isWaiting);

    /// <summary>Reads from the transport. Called when the transport is readable.</summary>
    void OnReadable();

    /// <summary>Continues an unfinished write. Called when the transport is writable again.</summary>
    void OnWritable();

    /// <summary>Handles the client's FIN.</summary>
    void OnPeerClosed();

    /// <summary>
    /// Handles a message about an exchange, or a message of the protocol itself. Returns false for any other message.
    /// </summary>
    bool OnMessage(object message);

    /// <summary>
    /// Checks the deadline when the timer fires. The timer may fire too early (<see cref="IConnectionHost.WakeAt"/>).
    /// </summary>
    void OnDeadline();

    /// <summary>Finishes the open exchanges and accepts no new requests.</summary>
    void OnDrain();

    /// <summary>Resets the connection, because the time limit of the drain has passed.</summary>
    void OnDrainEnded();

    /// <summary>
    /// Ends an idle or lingering connection, because the limit of connections is reached and a new client waits. Returns false
    /// when the connection is in use.
    /// </summary>
    bool OnMakeRoom();

    /// <summary>Tells the handlers and the sources of all open exchanges that the transport is closed.</summary>
    void OnClosed();

    /// <summary>
    /// Decides how the connection continues after the actor has thrown an exception. <see cref="Recover"/> then applies the
    /// decision.
    /// </summary>
    /// <param name="message">The message that the actor was handling; null for none.</param>
    void OnFailure(object? message);

    /// <summary>
    /// Continues after a restart of the actor. Returns false when the connection has ended, so that the actor must stop.
    /// </summary>
    bool Recover();

    /// <summary>Gives back all memory and abandons the open exchanges, because the actor has stopped.</summary>
    void Release();

    /// <summary>Throws an exception when the state is not legal. Debug builds call this method after every message.</summary>
    void CheckInvariants();
}

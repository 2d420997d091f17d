using System.Text;
using ActorHttp.Connections;
using ActorHttp.Connections.Http1;
using Akka.Actor;

namespace ActorHttp.Tests.Connections;

/// <summary>How the connection under test reaches its socket.</summary>
internal enum TransportKind
{
    /// <summary>There is no socket: the test decides what comes and what is taken (<see cref="ScriptedTransport"/>).</summary>
    Scripted,

    /// <summary>Akka.IO's actor holds the socket; a probe plays it.</summary>
    Akka,

    /// <summary>The platform waits for a real socket.</summary>
    AsyncSocket,

    /// <summary>A reactor waits for a real socket, as in production on Linux.</summary>
    Epoll,
}

/// <summary>The client of a <see cref="ConnectionKit"/>, and the socket between them.</summary>
internal abstract class ClientEnd : IDisposable
{
    /// <summary>Connects, and answers the actor of the connection.</summary>
    public abstract IActorRef Connect(IActorRef listener);

    public void Send(string bytes) => Send(Encoding.Latin1.GetBytes(bytes));

    public abstract void Send(byte[] bytes);

    /// <summary>What has come since the last look, at least one byte.</summary>
    public abstract string Read();

    /// <summary>Ends the client's side, and reads on.</summary>
    public abstract void End();

    /// <summary>Closes in answer to the server's close.</summary>
    public abstract void Close();

    /// <summary>Resets.</summary>
    public abstract void Reset();

    /// <summary>From now on the socket takes nothing that the server writes.</summary>
    public abstract void StopTaking();

    /// <summary>The socket takes again, and has all that waited.</summary>
    public abstract void TakeAgain();

    /// <summary>Waits until the connection has done all that it was told, and has nothing to read that it wants to read.</summary>
    public abstract void Settle(Action passMailbox);

    /// <summary>Nothing has come that was not expected, no end either.</summary>
    public abstract void ExpectNothing();

    public abstract void ExpectReset();

    public abstract void ExpectClose();

    public abstract void ExpectLingeringClose();

    /// <summary>What a restart says to the socket has been said.</summary>
    public abstract void ExpectRestart();

    public abstract void Dispose();

    /// <summary>What outlives the restarts of a connection's actor.</summary>
    public static ConnectionState StateOf(IActorRef connection) =>
        (ConnectionState)((ActorCell)((ActorRefWithCell)connection).Underlying).Props.Arguments[0];

    /// <summary>Whether a connection has stopped reading, because too much waits to be used.</summary>
    protected static bool IsSuspended(IActorRef connection) => ((Http1Connection)StateOf(connection).Protocol).Input.Window.IsSuspended;

    /// <summary>The connections of a listener.</summary>
    public static IReadOnlyList<IActorRef> ChildrenOf(IActorRef listener) =>
        [.. ((ActorRefWithCell)listener).Children.Where(child => child.Path.Name != "refusals")];
}

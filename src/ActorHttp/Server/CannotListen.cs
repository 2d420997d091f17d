using Akka.Actor;

namespace ActorHttp.Server;

/// <summary>
/// The reason for a shutdown of the actor system by a server: the server cannot start, or has lost an address. The host finds
/// this reason in <see cref="CoordinatedShutdown.ShutdownReason"/>, and can then choose the exit code of its process.
/// </summary>
/// <param name="message">The error, in one line.</param>
public sealed class CannotListen(string message) : CoordinatedShutdown.Reason
{
    /// <summary>The error, in one line.</summary>
    public string Message { get; } = message;

    /// <summary>The exit code 1. The library does not set the exit code of the process; the host may use this value.</summary>
    public override int ExitCode => 1;

    /// <inheritdoc/>
    public override string ToString() => Message;
}

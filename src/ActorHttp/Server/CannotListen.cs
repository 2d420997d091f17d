using Akka.Actor;

namespace ActorHttp.Server;

/// <summary>
/// The reason with which a server shuts its actor system down: it cannot start, or has lost an address. The host finds it in
/// <see cref="CoordinatedShutdown.ShutdownReason"/>, and decides with which exit code its process ends.
/// </summary>
/// <param name="message">What is wrong, in one line.</param>
public sealed class CannotListen(string message) : CoordinatedShutdown.Reason
{
    /// <summary>What is wrong, in one line.</summary>
    public string Message { get; } = message;

    /// <summary>The exit code that suits it, 1. The library does not set it.</summary>
    public override int ExitCode => 1;

    /// <inheritdoc/>
    public override string ToString() => Message;
}

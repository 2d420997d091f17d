using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>
/// A body's source that sends what a test tells it to: each part is one answer to one pull. It keeps what else it hears.
/// </summary>
internal sealed class ScriptedSource : UntypedActor
{
    private readonly Queue<Func<Exchange, IExchangeMessage>> _parts = new();
    private (PullBody Pull, IActorRef Reader)? _pull;
    private bool _isCancelled;

    public static Func<Exchange, IExchangeMessage> Part(ReadOnlyMemory<byte> bytes) => exchange => new BodyChunk(exchange, bytes);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Func<Exchange, IExchangeMessage> part:
                _parts.Enqueue(part);
                break;
            case PullBody pull:
                _pull = (pull, Sender);
                break;
            case CancelBody:
                _isCancelled = true;
                break;
            case "is cancelled?":
                Sender.Tell(_isCancelled);
                break;
        }

        if (_pull is not { } wanted || !_parts.TryDequeue(out var next))
            return;
        _pull = null;
        wanted.Reader.Tell(next(wanted.Pull.Exchange), Self);
    }
}

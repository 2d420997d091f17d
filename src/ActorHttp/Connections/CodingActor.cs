using System.IO.Compression;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>
/// A body's source that applies a content coding to another's: each pull gives coded bytes, pulling as much of the original
/// as they take. It computes for long, so it runs on the blocking dispatcher. It ends with the body, or when it is cancelled.
/// </summary>
internal sealed class CodingActor : UntypedActor
{
    // Bytes of one piece of a body that is in memory whole.
    private const int PieceSize = 64 * 1024;

    private readonly Exchange _exchange;
    private readonly ContentEncoder _encoder;
    private IActorRef? _source;
    private ReadOnlyMemory<byte> _rest;
    private IActorRef _reader = ActorRefs.Nobody;
    private bool _isFinished;

    public CodingActor(Exchange exchange, ContentCoding coding, CompressionLevel level, ResponseBody body)
    {
        _exchange = exchange;
        _encoder = new ContentEncoder(coding, level);
        _source = body.Source;
        _rest = body.Bytes;
    }

    public static Props Props(Exchange exchange, ContentCoding coding, CompressionLevel level, ResponseBody body) =>
        Akka.Actor.Props.Create(typeof(CodingActor), exchange, coding, level, body)
            .WithDispatcher(ActorHttpSettings.BlockingDispatcher)
            .WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        if (_source is not null && !_source.Equals(_exchange.Connection))
            Context.Watch(_source);
    }

    // A coder that failed has lost its place in the stream. The connection sees it stop, and resets.
    protected override void PreRestart(Exception reason, object message) => Context.Stop(Self);

    // Here rather than on CancelBody, which is not seen any more when the connection stops and takes us with it.
    protected override void PostStop()
    {
        _encoder.Dispose();
        if (!_isFinished)
            _source?.Tell(new CancelBody(_exchange), Self);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PullBody:
                _reader = Sender;
                Answer();
                break;
            case BodyChunk chunk:
                _encoder.Write(chunk.Bytes.Span);
                Answer();
                break;
            case BodyEnd:
                Finish();
                break;
            case BodyFailed failed:
                _reader.Tell(failed, Self);
                _source = null;
                Context.Stop(Self);
                break;
            case CancelBody:
                Context.Stop(Self);
                break;
            case Terminated when !_isFinished:
                _source = null;
                Context.Stop(Self);
                break;
            case Terminated:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Answer()
    {
        if (_source is null)
        {
            while (_encoder.OutputCount == 0 && !_rest.IsEmpty)
            {
                var piece = _rest[..Math.Min(PieceSize, _rest.Length)];
                _rest = _rest[piece.Length..];
                _encoder.Write(piece.Span);
            }
        }

        if (_encoder.OutputCount > 0)
            _reader.Tell(new BodyChunk(_exchange, _encoder.TakeOutput()), Self);
        else if (_isFinished)
            End();
        else if (_source is not null)
            _source.Tell(new PullBody(_exchange), Self);
        else
            Finish();
    }

    private void Finish()
    {
        _encoder.Finish();
        _isFinished = true;
        Answer();
    }

    private void End()
    {
        _reader.Tell(new BodyEnd(_exchange), Self);
        Context.Stop(Self);
    }
}

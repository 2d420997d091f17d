using System.IO.Compression;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>
/// A body's source that applies a content coding to another's: each pull gives coded bytes, pulling as much of the original
/// as they take. It computes for long, so it runs on a dispatcher of its own. It ends with the body, or when it is cancelled.
/// </summary>
internal sealed class CodingActor : UntypedActor
{
    // Bytes of one piece of a body that is in memory whole.
    private const int PieceSize = 64 * 1024;

    // Coded bytes that are worth a write. A codec begins with a few bytes of its own, and then holds back what it is given:
    // whoever streams what must not wait has a media type that is not coded.
    private const int WorthSending = 16 * 1024;

    private readonly Exchange _exchange;
    private readonly Progress _progress;

    public CodingActor(Exchange exchange, Progress progress)
    {
        _exchange = exchange;
        _progress = progress;
    }

    public static Props Props(Exchange exchange, ContentCoding coding, CompressionLevel level, ResponseBody body) =>
        Akka.Actor.Props.Create(typeof(CodingActor), exchange, new Progress(coding, level) { Source = body.Source, Rest = body.Bytes })
            .WithDeploy(Deploy.Local)
            .WithDispatcher(ActorHttpSettings.CodingDispatcher);

    protected override void PreStart()
    {
        if (_progress.Source is not null && !_progress.Source.Equals(_exchange.Connection))
            Context.Watch(_progress.Source);
    }

    // A coder that failed has lost its place in the stream: the connection sees it stop, and resets. One that had no message
    // in hand is only taken along by the restart of the connection, and goes on.
    protected override void PreRestart(Exception reason, object? message)
    {
        if (message is not null)
            Context.Stop(Self);
    }

    // Not base: it would watch again, and that is still so.
    protected override void PostRestart(Exception reason)
    {
    }

    // Here rather than on CancelBody, which is not seen any more when the connection stops and takes us with it.
    protected override void PostStop()
    {
        _progress.Release();
        if (!_progress.IsFinished)
            _progress.Source?.Tell(new CancelBody(_exchange), Self);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PullBody:
                _progress.Reader = Sender;
                Answer();
                break;
            case BodyChunk chunk:
                _progress.Encoder.Write(chunk.Bytes.Span);
                Answer();
                break;
            case BodyEnd end:
                // Those of a body that is sent back are the request's, and not the answer's.
                if (!_progress.Source!.Equals(_exchange.Connection))
                    _progress.Trailers = end.Trailers;
                Finish();
                break;
            case BodyFailed failed:
                _progress.Reader.Tell(failed, Self);
                _progress.Source = null;
                Context.Stop(Self);
                break;
            case CancelBody:
                Context.Stop(Self);
                break;
            case Terminated when !_progress.IsFinished:
                _progress.Source = null;
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
        if (_progress.Source is null)
        {
            while (_progress.Encoder.OutputCount < WorthSending && !_progress.Rest.IsEmpty)
            {
                var piece = _progress.Rest[..Math.Min(PieceSize, _progress.Rest.Length)];
                _progress.Rest = _progress.Rest[piece.Length..];
                _progress.Encoder.Write(piece.Span);
            }
        }

        if (_progress.IsFinished)
            End();
        else if (_progress.Encoder.OutputCount >= WorthSending)
            _progress.Reader.Tell(new BodyChunk(_exchange, _progress.Encoder.TakeOutput()), Self);
        else if (_progress.Source is not null)
            _progress.Source.Tell(new PullBody(_exchange) { GivesBack = true }, Self);
        else
            Finish();
    }

    private void Finish()
    {
        _progress.Encoder.Finish();
        _progress.IsFinished = true;
        Answer();
    }

    private void End()
    {
        _progress.Reader.Tell(new BodyRest(_exchange, _progress.Encoder.TakeOutput()) { Trailers = _progress.Trailers }, Self);
        Context.Stop(Self);
    }

    /// <summary>How far the coding has come: the Props carry it, so that it outlives a restart.</summary>
    internal sealed class Progress(ContentCoding coding, CompressionLevel level)
    {
        private ContentEncoder? _encoder;

        /// <summary>Made by the thread that computes: to set its tables up costs as much as to code some ten kilobytes.</summary>
        public ContentEncoder Encoder => _encoder ??= new ContentEncoder(coding, level);

        /// <summary>Whose body is coded; null when its rest is in hand.</summary>
        public IActorRef? Source { get; set; }

        public ReadOnlyMemory<byte> Rest { get; set; }

        public IActorRef Reader { get; set; } = ActorRefs.Nobody;

        public bool IsFinished { get; set; }

        /// <summary>The trailer fields of the body that is coded.</summary>
        public HttpHeaders Trailers { get; set; } = HttpHeaders.Empty;

        public void Release() => _encoder?.Dispose();
    }
}

using System.IO.Compression;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>
/// The source of a body that applies a content coding to another body. The actor answers each pull with coded bytes, and pulls
/// as much of the original body as these bytes need. Coding takes long, so the actor runs on a dispatcher of its own. The actor
/// stops at the end of the body, or on <see cref="CancelBody"/>.
/// </summary>
internal sealed class CodingActor : UntypedActor
{
    // The number of bytes that are coded at once when the whole body is in memory.
    private const int PieceSize = 64 * 1024;

    // The number of coded bytes that is worth a write. A codec writes a few bytes of its own at the start, and then holds back
    // its input. So a stream that must not wait needs a media type that is not coded.
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

    // When the restart has a message, this actor has failed and has lost its place in the stream. So the actor stops, and the
    // connection answers 500, or resets once the answer has begun. When the restart has no message, it comes from the restart
    // of the connection, and the coding continues.
    protected override void PreRestart(Exception reason, object? message)
    {
        if (message is not null)
            Context.Stop(Self);
    }

    // Does not call base.PostRestart: it would run PreStart and watch the source again. The watch survives the restart.
    protected override void PostRestart(Exception reason)
    {
    }

    // Cancels the source here and not on CancelBody, because no CancelBody arrives when the connection stops together with its
    // children.
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
                // When the answer sends the request's body back, these trailers belong to the request and not to the answer.
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

    /// <summary>The progress of the coding. The Props carry this object, so it survives a restart.</summary>
    internal sealed class Progress(ContentCoding coding, CompressionLevel level)
    {
        private ContentEncoder? _encoder;

        /// <summary>
        /// The encoder. The coding thread creates the encoder on first use, because setting up its tables costs as much as
        /// coding some ten kilobytes.
        /// </summary>
        public ContentEncoder Encoder => _encoder ??= new ContentEncoder(coding, level);

        /// <summary>The source of the original body. Null when the body is in memory, and after the source has failed or stopped.</summary>
        public IActorRef? Source { get; set; }

        public ReadOnlyMemory<byte> Rest { get; set; }

        public IActorRef Reader { get; set; } = ActorRefs.Nobody;

        public bool IsFinished { get; set; }

        /// <summary>The trailer fields of the original body.</summary>
        public HttpHeaders Trailers { get; set; } = HttpHeaders.Empty;

        public void Release() => _encoder?.Dispose();
    }
}

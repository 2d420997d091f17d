using System.IO.Compression;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>
/// The source of a body that applies a content coding (gzip, for example) to another body. The actor answers each pull with
/// coded bytes, and pulls as much of the original body as these bytes need. Coding uses much processor time, so the actor runs
/// on a dispatcher of its own and does not block the connections. The actor stops at the end of the body, or on
/// <see cref="CancelBody"/>.
/// </summary>
internal sealed class CodingActor : UntypedActor
{
    // The number of bytes that are coded in one step when the whole body is in memory.
    private const int PieceSize = 64 * 1024;

    // The lowest number of coded bytes that the actor sends before the end of the body. A codec first writes a header of a few
    // bytes and then buffers its input, so smaller writes would not be worth their cost. Therefore a stream whose parts must
    // arrive at once needs a media type that the server does not code.
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

    // A restart with a message means that this actor has thrown an exception and has lost its position in the stream. So the
    // actor stops. The connection then answers 500, or resets the socket if the head of the answer is already written. A
    // restart without a message comes from a restart of the connection, and the coding continues.
    protected override void PreRestart(Exception reason, object? message)
    {
        if (message is not null)
            Context.Stop(Self);
    }

    // Does not call base.PostRestart: it would run PreStart and watch the source again. The first watch is still valid after
    // the restart.
    protected override void PostRestart(Exception reason)
    {
    }

    // Cancels the source in PostStop and not on CancelBody: when the connection stops, it stops this child without a
    // CancelBody.
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
                // If the source is the connection, the answer sends the request's body back. Then these trailers belong to the
                // request, and are not sent with the answer.
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

    /// <summary>The progress of the coding. This object is an argument of the Props, so it keeps its values over a restart.</summary>
    internal sealed class Progress(ContentCoding coding, CompressionLevel level)
    {
        private ContentEncoder? _encoder;

        /// <summary>
        /// The encoder. The coding thread creates the encoder on first use, so that no other thread sets up the encoder's
        /// tables. This setup costs as much as the coding of some ten kilobytes.
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

using ActorHttp.Buffers;
using ActorHttp.Files.Disks;
using ActorHttp.Files.Storage;
using ActorHttp.Hosting;
using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Reading;

/// <summary>
/// Reads the body of one download while the bytes of the file are in the memory of the operating system. The actor never waits
/// for a disk, so the actor runs on the thread that serves the socket. When the next read would have to wait, the actor creates a
/// <see cref="FileBodyActor"/> (the successor), which continues the download on a thread that may wait.
/// </summary>
internal sealed class CachedBodyActor : BodySourceActor
{
    private readonly SafeFileHandle _handle;
    private readonly FilePieces _pieces;
    private readonly int _chunkSize;
    private readonly FilePieces.ReadFile _readCached;
    private readonly State _state;
    private readonly DiskPlace _place;

    public CachedBodyActor(
        Exchange exchange,
        SafeFileHandle handle,
        DiskPlace place,
        FilePieces pieces,
        int chunkSize,
        FilePieces.ReadFile readCached,
        State state)
        : base(exchange)
    {
        _handle = handle;
        _place = place;
        _pieces = pieces;
        _chunkSize = chunkSize;
        _readCached = readCached;
        _state = state;
    }

    /// <param name="exchange">The exchange that the body belongs to.</param>
    /// <param name="handle">The open file. The actor closes it.</param>
    /// <param name="place">The path of the file, which the gate uses for the successor.</param>
    /// <param name="chunkSize">The size of a read, in bytes.</param>
    /// <param name="pieces">The pieces of the body.</param>
    /// <param name="readCached">The function that reads without waiting for a disk (<see cref="LibC.ReadCached"/>).</param>
    public static Props Props(
        Exchange exchange, SafeFileHandle handle, DiskPlace place, int chunkSize, FilePiece[] pieces, FilePieces.ReadFile readCached) =>
        Akka.Actor.Props
            .Create(typeof(CachedBodyActor), exchange, handle, place, new FilePieces(pieces), chunkSize, readCached, new State())
            .WithDeploy(Deploy.Local)
            .WithDispatcher(ActorHttpBuilder.SocketDispatcher);

    /// <summary>
    /// Returns the answer to a request, with a new child of <paramref name="parent"/> that reads the body. Returns null when the
    /// client has sent several requests at once and an earlier request is still open. In that case the file is closed, and the
    /// connection sends the request again after the earlier answers. So each connection has at most one file open, however many
    /// requests the client sends at once.
    /// </summary>
    public static HttpResponse? Answer(HttpRequest request, ReadOutcome.Stream stream, DiskPlace place, int chunkSize, IActorContext parent)
    {
        if (request.Method == RequestMethod.Head)
        {
            stream.Handle.Dispose();
            return stream.Head with { Body = ResponseBody.From(ActorRefs.Nobody, stream.Length) };
        }

        if (request.IsBehindOthers)
        {
            stream.Handle.Dispose();
            request.Exchange.Connection.Tell(new PostponeRequest(request, parent.Self), parent.Self);
            return null;
        }

        var source = parent.ActorOf(Props(stream.Head.Exchange, stream.Handle, place, chunkSize, stream.Pieces, LibC.ReadCached));
        return stream.Head with { Body = ResponseBody.From(source, stream.Length) };
    }

    protected override void PostStop()
    {
        // The socket may still read from the buffer, so the buffer must not go back to the pool.
        if (_state.Buffer is { } buffer)
            Resources.Leave(buffer);
        _state.Buffer = null;
        _handle.Dispose();
        base.PostStop();
    }

    // Escalates when the successor throws, because a new instance would not know the position in the file. The parent of this
    // actor then stops this actor and the successor.
    protected override SupervisorStrategy SupervisorStrategy() => new LimitedStrategy(_ => Directive.Escalate);

    protected override void OnPull(PullBody pull)
    {
        if (_state.Successor is { } successor)
        {
            successor.Forward(pull);
            return;
        }

        // One buffer is enough: the connection pulls only after the socket has sent the previous part.
        var buffer = _state.Buffer ??= Resources.Rent(_chunkSize);
        var length = _pieces.Fill(new ArraySegment<byte>(buffer, 0, _chunkSize), _handle, _readCached, out var last);
        if (length > 0)
        {
            Sender.Tell(new BodyChunk(Exchange, buffer.AsMemory(0, length)), Self);
            return;
        }

        Resources.Return(buffer);
        _state.Buffer = null;
        if (last < 0)
        {
            _state.Successor = Context.Watch(Context.ActorOf(FileBodyActor.Props(
                Exchange, _handle, _chunkSize, _pieces, new DiskSeat(DiskGates.Of(Context.System).Reading, _place)), "disk"));
            _state.Successor.Forward(pull);
            return;
        }

        Sender.Tell(FileBodyActor.End(Exchange, _pieces), Self);
        Context.Stop(Self);
    }

    /// <summary>The state that survives a restart of the actor.</summary>
    internal sealed class State
    {
        public byte[]? Buffer { get; set; }

        public IActorRef? Successor { get; set; }
    }
}

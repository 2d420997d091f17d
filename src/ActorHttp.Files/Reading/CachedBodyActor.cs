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
/// The source of one download while the system has the file in memory. It never waits for a disk. So it runs on the thread that serves
/// the socket, and the download needs no other thread. Where it would have to wait, it creates a <see cref="FileBodyActor"/>, which goes on
/// with the download on a thread that may wait.
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

    /// <param name="exchange">The exchange whose body it is.</param>
    /// <param name="handle">The open file. The actor closes it.</param>
    /// <param name="place">The path of the file, for the gate of the successor.</param>
    /// <param name="chunkSize">The size of a read, in bytes.</param>
    /// <param name="pieces">What is to be sent.</param>
    /// <param name="readCached">Reads without waiting (<see cref="LibC.ReadCached"/>).</param>
    public static Props Props(
        Exchange exchange, SafeFileHandle handle, DiskPlace place, int chunkSize, FilePiece[] pieces, FilePieces.ReadFile readCached) =>
        Akka.Actor.Props
            .Create(typeof(CachedBodyActor), exchange, handle, place, new FilePieces(pieces), chunkSize, readCached, new State())
            .WithDeploy(Deploy.Local)
            .WithDispatcher(ActorHttpBuilder.SocketDispatcher);

    /// <summary>
    /// Returns the answer whose body a new child of <paramref name="parent"/> reads. Returns null for a request behind others: its file is
    /// closed, and the connection sends the request again when it is the first. So a connection has one file open for its answers, however
    /// many requests the client sends at once.
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

    // A successor that fails has lost its place in the file. The parent of this actor stops both.
    protected override SupervisorStrategy SupervisorStrategy() => new LimitedStrategy(_ => Directive.Escalate);

    protected override void OnPull(PullBody pull)
    {
        if (_state.Successor is { } successor)
        {
            successor.Forward(pull);
            return;
        }

        // One buffer is enough: a pull says that the socket has taken the previous part.
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

    /// <summary>What survives a restart.</summary>
    internal sealed class State
    {
        public byte[]? Buffer { get; set; }

        public IActorRef? Successor { get; set; }
    }
}

using System.Buffers;
using ActorHttp.Handlers.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Settings;
using Akka.Actor;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Handlers.Files;

/// <summary>
/// The source of one download, for as long as what it reads is in the system's memory: it never waits for a disk, so it runs
/// where the sockets are served, and a download takes no other thread. Where it would have to wait, <see cref="FileBodyActor"/>
/// goes on in its place, on a thread that may.
/// </summary>
internal sealed class CachedBodyActor : UntypedActor
{
    private readonly Exchange _exchange;
    private readonly SafeFileHandle _handle;
    private readonly FilePieces _pieces;
    private readonly int _chunkSize;
    private readonly State _state;
    private readonly FilePieces.ReadFile _read;

    public CachedBodyActor(Exchange exchange, SafeFileHandle handle, FilePieces pieces, int chunkSize, ReadCached read, State state)
    {
        _exchange = exchange;
        _handle = handle;
        _pieces = pieces;
        _chunkSize = chunkSize;
        _state = state;
        _read = (buffer, position) => read(handle, buffer, position);
    }

    /// <summary>Reads without waiting; -1 where it would have to (<see cref="LibC.ReadCached"/>).</summary>
    public delegate int ReadCached(SafeFileHandle file, ArraySegment<byte> buffer, long position);

    public static Props Props(Exchange exchange, SafeFileHandle handle, int chunkSize, FilePiece[] pieces, ReadCached read) =>
        Akka.Actor.Props.Create(typeof(CachedBodyActor), exchange, handle, new FilePieces(pieces), chunkSize, read, new State())
            .WithDeploy(Deploy.Local)
            .WithDispatcher(ActorHttpSettings.Dispatcher);

    protected override void PreStart() => Context.Watch(_exchange.Connection);

    // The restart is the parent's, as in FileBodyActor: how far it has come is in objects that the Props carry.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
    }

    // Not the buffer: the socket may still be reading from it.
    protected override void PostStop() => _handle.Dispose();

    // Who goes on in our place and fails has lost its place in the file: our parent stops us both.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Escalate);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PullBody when _state.Successor is { } successor:
                successor.Forward(message);
                break;
            case PullBody:
                Answer();
                break;
            case CancelBody or Terminated:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Answer()
    {
        // One is enough: what was sent last has been taken, or it would not be asked for more.
        var buffer = _state.Buffer ??= ArrayPool<byte>.Shared.Rent(_chunkSize);
        var length = _pieces.Fill(new ArraySegment<byte>(buffer, 0, _chunkSize), _read, out var last);
        if (length > 0)
        {
            Sender.Tell(new BodyChunk(_exchange, buffer.AsMemory(0, length)), Self);
            return;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        _state.Buffer = null;
        if (last < 0)
        {
            _state.Successor = Context.Watch(Context.ActorOf(FileBodyActor.Props(_exchange, _handle, _chunkSize, _pieces), "disk"));
            _state.Successor.Forward(new PullBody(_exchange));
            return;
        }

        Sender.Tell(FileBodyActor.End(_exchange, _pieces), Self);
        Context.Stop(Self);
    }

    /// <summary>What outlives a restart.</summary>
    internal sealed class State
    {
        public byte[]? Buffer { get; set; }

        public IActorRef? Successor { get; set; }
    }
}

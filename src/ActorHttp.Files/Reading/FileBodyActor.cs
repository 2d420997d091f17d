using ActorHttp.Buffers;
using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Messages;
using Akka.Actor;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Reading;

/// <summary>
/// Reads the body of one download from a disk. The actor reads at most one chunk ahead: while the socket sends one buffer, the
/// disk fills the other buffer. When the client does not read, the disk is not read either (back-pressure). The actor reads the
/// next chunk in the same message in which it sends a chunk. A separate message for each read would wake a thread for each chunk,
/// which would cost more than it saves.
/// </summary>
internal sealed class FileBodyActor : BodySourceActor
{
    private readonly SafeFileHandle _handle;
    private readonly FilePieces _pieces;
    private readonly int _chunkSize;
    private readonly State _state;

    public FileBodyActor(Exchange exchange, SafeFileHandle handle, FilePieces pieces, int chunkSize, State state, DiskSeat seat)
        : base(exchange, seat)
    {
        _handle = handle;
        _pieces = pieces;
        _chunkSize = chunkSize;
        _state = state;
    }

    public static Props Props(Exchange exchange, SafeFileHandle handle, int chunkSize, FilePieces pieces, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(FileBodyActor), exchange, handle, pieces, chunkSize, new State(), seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.ReadingDispatcher);

    /// <summary>Returns the message that ends a body: BodyEnd, or BodyFailed when the file has become shorter.</summary>
    public static IExchangeMessage End(Exchange exchange, FilePieces pieces) =>
        pieces.IsDone ? new BodyEnd(exchange) : new BodyFailed(exchange, "the file became shorter while it was sent");

    protected override void PostStop()
    {
        // The socket may still read from one of the buffers, so the buffers must not go back to the pool.
        foreach (var buffer in _state.Buffers)
            Resources.Leave(buffer);
        _state.Buffers = [];
        _handle.Dispose();
        base.PostStop();
    }

    protected override void OnPull(PullBody pull)
    {
        if (_state.Buffers.Length == 0)
        {
            // Rents the buffers at the first pull, because the answer to a HEAD request is never pulled.
            _state.Buffers = [Resources.Rent(_chunkSize), Resources.Rent(_chunkSize)];
            ReadAhead();
        }

        if (_state.Ready > 0)
        {
            var chunk = _state.Buffers[_state.Next].AsMemory(0, _state.Ready);
            Sender.Tell(new BodyChunk(Exchange, chunk), Self);
            _state.Next = 1 - _state.Next;
            ReadAhead();
            return;
        }

        Sender.Tell(End(Exchange, _pieces), Self);

        // The connection has pulled after the last chunk, so the socket has sent all chunks. The buffers can go back to the pool.
        foreach (var buffer in _state.Buffers)
            Resources.Return(buffer);
        _state.Buffers = [];
        Context.Stop(Self);
    }

    private void ReadAhead() => _state.Ready = _pieces.Fill(
        new ArraySegment<byte>(_state.Buffers[_state.Next], 0, _chunkSize), _handle, FilePieces.ReadDisk, out _);

    /// <summary>The state that survives a restart: the chunk that has been read ahead.</summary>
    internal sealed class State
    {
        public byte[][] Buffers { get; set; } = [];

        /// <summary>The index of the buffer that is sent next.</summary>
        public int Next { get; set; }

        /// <summary>The number of bytes in the buffer that is sent next.</summary>
        public int Ready { get; set; }
    }
}

using ActorHttp.Buffers;
using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Messages;
using Akka.Actor;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Reading;

/// <summary>
/// The source of one download from a disk. It reads one chunk ahead of its reader and no more: while the client's system takes
/// one buffer the disk fills the other, and a client that does not read stops the disk. A connection that runs on this thread
/// sends behind that reading; in a turn of its own that would wake a thread for each chunk, which costs more than it saves.
/// </summary>
internal sealed class FileBodyActor : BodySourceActor
{
    private readonly SafeFileHandle _handle;
    private readonly FilePieces _pieces;
    private readonly int _chunkSize;
    private readonly Progress _progress;

    public FileBodyActor(Exchange exchange, SafeFileHandle handle, FilePieces pieces, int chunkSize, Progress progress, DiskSeat seat)
        : base(exchange, seat)
    {
        _handle = handle;
        _pieces = pieces;
        _chunkSize = chunkSize;
        _progress = progress;
    }

    public static Props Props(Exchange exchange, SafeFileHandle handle, int chunkSize, FilePieces pieces, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(FileBodyActor), exchange, handle, pieces, chunkSize, new Progress(), seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.ReadingDispatcher);

    /// <summary>What is said when there is nothing more: that it was all, or that the file was cut.</summary>
    public static IExchangeMessage End(Exchange exchange, FilePieces pieces) =>
        pieces.IsDone ? new BodyEnd(exchange) : new BodyFailed(exchange, "the file became shorter while it was sent");

    protected override void PostStop()
    {
        // The socket may still read from one of the buffers.
        foreach (var buffer in _progress.Buffers)
            Resources.Leave(buffer);
        _progress.Buffers = [];
        _handle.Dispose();
        base.PostStop();
    }

    protected override void OnPull(PullBody pull)
    {
        if (_progress.Buffers.Length == 0)
        {
            // Not before the first pull: an answer to HEAD never has one.
            _progress.Buffers = [Resources.Rent(_chunkSize), Resources.Rent(_chunkSize)];
            ReadAhead();
        }

        if (_progress.Ready > 0)
        {
            var chunk = _progress.Buffers[_progress.Next].AsMemory(0, _progress.Ready);
            Sender.Tell(new BodyChunk(Exchange, chunk), Self);
            _progress.Next = 1 - _progress.Next;
            ReadAhead();
            return;
        }

        Sender.Tell(End(Exchange, _pieces), Self);

        // Everything was pulled, so everything was taken: the buffers are free.
        foreach (var buffer in _progress.Buffers)
            Resources.Return(buffer);
        _progress.Buffers = [];
        Context.Stop(Self);
    }

    private void ReadAhead() => _progress.Ready = _pieces.Fill(
        new ArraySegment<byte>(_progress.Buffers[_progress.Next], 0, _chunkSize), _handle, FilePieces.ReadDisk, out _);

    /// <summary>What has been read ahead.</summary>
    internal sealed class Progress
    {
        public byte[][] Buffers { get; set; } = [];

        /// <summary>Which of the buffers is the next that is sent.</summary>
        public int Next { get; set; }

        /// <summary>How many bytes it holds.</summary>
        public int Ready { get; set; }
    }
}

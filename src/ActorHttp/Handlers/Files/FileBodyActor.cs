using System.Buffers;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Handlers.Files;

/// <summary>A piece of a download: text that stands in no file, and then a range of the file.</summary>
internal readonly record struct FilePiece(ReadOnlyMemory<byte> Before, ByteRange Range)
{
    /// <summary>The pieces of an answer with several ranges.</summary>
    public static FilePiece[] Of(MultipartByteRanges parts) =>
        [.. parts.Ranges.Select((range, i) => new FilePiece(parts.HeadOf(i), range)), new FilePiece(parts.Closing, default)];
}

/// <summary>
/// The source of one download. It reads one chunk ahead of its reader and no more: while the socket takes one buffer the
/// disk fills the other, and a client that does not read stops the disk.
/// </summary>
internal sealed class FileBodyActor : UntypedActor
{
    private readonly Exchange _exchange;
    private readonly SafeFileHandle _handle;
    private readonly FilePiece[] _pieces;
    private readonly int _chunkSize;
    private readonly Progress _progress;

    public FileBodyActor(Exchange exchange, SafeFileHandle handle, FilePiece[] pieces, int chunkSize, Progress progress)
    {
        _exchange = exchange;
        _handle = handle;
        _pieces = pieces;
        _chunkSize = chunkSize;
        _progress = progress;
    }

    public static Props Props(Exchange exchange, SafeFileHandle handle, int chunkSize, params FilePiece[] pieces) =>
        Akka.Actor.Props.Create(typeof(FileBodyActor), exchange, handle, pieces, chunkSize, new Progress())
            .WithDispatcher(ActorHttpSettings.BlockingDispatcher)
            .WithDeploy(Deploy.Local);

    protected override void PreStart() => Context.Watch(_exchange.Connection);

    // The restart is the parent's, which takes its children along, and has nothing to do with us: one who throws here is
    // stopped. How far it had come is in an object that the Props carry.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
    }

    protected override void PostStop()
    {
        // Not the buffers: the socket may still be reading from one of them. The collector knows when it is done.
        _handle.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
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
        if (_progress.Buffers.Length == 0)
        {
            // Not before the first pull: an answer to HEAD never has one.
            _progress.Buffers = [ArrayPool<byte>.Shared.Rent(_chunkSize), ArrayPool<byte>.Shared.Rent(_chunkSize)];
            ReadAhead();
        }

        if (_progress.Ready > 0)
        {
            var chunk = _progress.Buffers[_progress.Next].AsMemory(0, _progress.Ready);
            Sender.Tell(new BodyChunk(_exchange, chunk), Self);
            _progress.Next = 1 - _progress.Next;
            ReadAhead();
            return;
        }

        if (_progress.Piece == _pieces.Length)
            Sender.Tell(new BodyEnd(_exchange), Self);
        else
            Sender.Tell(new BodyFailed(_exchange, "the file became shorter while it was sent"), Self);

        // Everything was pulled, so everything was taken: the buffers are free.
        foreach (var buffer in _progress.Buffers)
            ArrayPool<byte>.Shared.Return(buffer);
        Context.Stop(Self);
    }

    // As much of the pieces as one buffer holds; less only at the end, or where the file ends too early.
    private void ReadAhead()
    {
        var buffer = _progress.Buffers[_progress.Next].AsSpan(0, _chunkSize);
        _progress.Ready = 0;
        while (_progress.Piece < _pieces.Length && !buffer.IsEmpty)
        {
            var (before, range) = _pieces[_progress.Piece];
            var isBefore = _progress.Position < before.Length;
            var taken = isBefore ? Copy(before.Span[(int)_progress.Position..], buffer) : Read(range, _progress.Position - before.Length, buffer);
            _progress.Position += taken;
            _progress.Ready += taken;
            buffer = buffer[taken..];
            if (_progress.Position == before.Length + range.Length)
                (_progress.Piece, _progress.Position) = (_progress.Piece + 1, 0);
            else if (taken == 0)
                break;
        }
    }

    private static int Copy(ReadOnlySpan<byte> text, Span<byte> buffer)
    {
        var length = Math.Min(text.Length, buffer.Length);
        text[..length].CopyTo(buffer);
        return length;
    }

    private int Read(ByteRange range, long position, Span<byte> buffer)
    {
        var wanted = (int)Math.Min(buffer.Length, range.Length - position);
        return wanted == 0 ? 0 : RandomAccess.Read(_handle, buffer[..wanted], range.First + position);
    }

    /// <summary>How far the transfer has come.</summary>
    internal sealed class Progress
    {
        public byte[][] Buffers { get; set; } = [];

        /// <summary>The piece that the next read begins in.</summary>
        public int Piece { get; set; }

        /// <summary>Where in it, the text before the range counted.</summary>
        public long Position { get; set; }

        /// <summary>Which of the buffers is the next that is sent.</summary>
        public int Next { get; set; }

        /// <summary>How many bytes it holds.</summary>
        public int Ready { get; set; }
    }
}

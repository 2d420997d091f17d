using System.Buffers;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Handlers.Files;

/// <summary>
/// The source of one download. It reads one chunk ahead of its reader and no more: while the socket takes one buffer the
/// disk fills the other, and a client that does not read stops the disk.
/// </summary>
internal sealed class FileBodyActor : UntypedActor
{
    private readonly Exchange _exchange;
    private readonly SafeFileHandle _handle;
    private readonly long _end;
    private readonly int _chunkSize;
    private byte[][] _buffers = [];
    private long _position;
    private int _next;
    private int _ready;

    public FileBodyActor(Exchange exchange, SafeFileHandle handle, ByteRange range, int chunkSize)
    {
        _exchange = exchange;
        _handle = handle;
        _position = range.First;
        _end = range.First + range.Length;
        _chunkSize = chunkSize;
    }

    public static Props Props(Exchange exchange, SafeFileHandle handle, ByteRange range, int chunkSize) =>
        Akka.Actor.Props.Create(typeof(FileBodyActor), exchange, handle, range, chunkSize)
            .WithDispatcher(ActorHttpSettings.BlockingDispatcher)
            .WithDeploy(Deploy.Local);

    protected override void PreStart() => Context.Watch(_exchange.Connection);

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
        if (_buffers.Length == 0)
        {
            // Not before the first pull: an answer to HEAD never has one.
            _buffers = [ArrayPool<byte>.Shared.Rent(_chunkSize), ArrayPool<byte>.Shared.Rent(_chunkSize)];
            ReadAhead();
        }

        if (_ready > 0)
        {
            var chunk = _buffers[_next].AsMemory(0, _ready);
            Sender.Tell(new BodyChunk(_exchange, chunk), Self);
            _next = 1 - _next;
            ReadAhead();
            return;
        }

        if (_position == _end)
            Sender.Tell(new BodyEnd(_exchange), Self);
        else
            Sender.Tell(new BodyFailed(_exchange, "the file became shorter while it was sent"), Self);

        // Everything was pulled, so everything was taken: the buffers are free.
        foreach (var buffer in _buffers)
            ArrayPool<byte>.Shared.Return(buffer);
        Context.Stop(Self);
    }

    private void ReadAhead()
    {
        var wanted = (int)Math.Min(_chunkSize, _end - _position);
        _ready = wanted == 0 ? 0 : RandomAccess.Read(_handle, _buffers[_next].AsSpan(0, wanted), _position);
        _position += _ready;
    }
}

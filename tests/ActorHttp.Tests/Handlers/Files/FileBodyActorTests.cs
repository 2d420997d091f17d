using ActorHttp.Handlers.Files;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.TestKit;

namespace ActorHttp.Tests.Handlers.Files;

public sealed class FileBodyActorTests() : Akka.TestKit.Xunit2.TestKit(ActorHttpSettings.Reference), IDisposable
{
    private const int ChunkSize = 1000;

    private readonly TemporaryDirectory _files = new();

    void IDisposable.Dispose()
    {
        base.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void A_file_comes_in_chunks_and_ends()
    {
        var bytes = TemporaryDirectory.Pattern(2500);
        var (source, reader) = Start(bytes, new ByteRange(0, 2500));
        Assert.Equal(bytes[..1000], Pull(source, reader));
        Assert.Equal(bytes[1000..2000], Pull(source, reader));
        Assert.Equal(bytes[2000..], Pull(source, reader));
        reader.Watch(source);
        source.Tell(new PullBody(new Exchange(reader, 1)), reader);
        reader.ExpectMsg<BodyEnd>();
        reader.ExpectTerminated(source);
    }

    [Fact]
    public void A_range_is_that_part_and_no_more()
    {
        var bytes = TemporaryDirectory.Pattern(5000);
        var (source, reader) = Start(bytes, new ByteRange(1234, 1500));
        Assert.Equal(bytes[1234..2234], Pull(source, reader));
        Assert.Equal(bytes[2234..2734], Pull(source, reader));
        source.Tell(new PullBody(new Exchange(reader, 1)), reader);
        reader.ExpectMsg<BodyEnd>();
    }

    [Fact]
    public void It_reads_one_chunk_ahead_and_no_further()
    {
        // The calling thread runs the actor, so what it reads is read before Tell comes back. Each chunk then shows what
        // the file held when it was read: the generation before that of its own pull.
        var path = _files.Add("generations", new byte[5 * ChunkSize]);
        var reader = CreateTestProbe();
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var source = ActorOfAsTestActorRef<FileBodyActor>(FileBodyActor.Props(new Exchange(reader, 1), handle, ChunkSize, new FilePieces([new FilePiece(default, new ByteRange(0, 5 * ChunkSize))])));
        for (byte generation = 1; generation <= 5; generation++)
        {
            Overwrite(path, generation);
            // The first pull reads for itself and one ahead; each later one reads one ahead.
            Assert.Equal(Enumerable.Repeat((byte)Math.Max(1, generation - 1), ChunkSize), Pull(source, reader));
        }
    }

    [Fact]
    public void A_file_that_became_shorter_fails_instead_of_ending()
    {
        var path = _files.Add("shorter", new byte[5 * ChunkSize]);
        var reader = CreateTestProbe();
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var source = ActorOfAsTestActorRef<FileBodyActor>(FileBodyActor.Props(new Exchange(reader, 1), handle, ChunkSize, new FilePieces([new FilePiece(default, new ByteRange(0, 5 * ChunkSize))])));
        Pull(source, reader);
        using (var file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(2 * ChunkSize);
        Pull(source, reader);
        reader.Watch(source);
        source.Tell(new PullBody(new Exchange(reader, 1)), reader);
        reader.ExpectMsg<BodyFailed>();
        reader.ExpectTerminated(source);
        Assert.True(handle.IsClosed);
    }

    [Fact]
    public void It_stops_and_closes_the_file_when_it_is_cancelled()
    {
        var (source, reader) = Start(new byte[5 * ChunkSize], new ByteRange(0, 5 * ChunkSize), out var handle);
        Pull(source, reader);
        reader.Watch(source);
        source.Tell(new CancelBody(new Exchange(reader, 1)), reader);
        reader.ExpectTerminated(source);
        Assert.True(handle.IsClosed);
    }

    [Fact]
    public void It_stops_and_closes_the_file_when_the_connection_is_gone()
    {
        var (source, reader) = Start(new byte[5 * ChunkSize], new ByteRange(0, 5 * ChunkSize), out var handle);
        Watch(source);
        Sys.Stop(reader);
        ExpectTerminated(source);
        Assert.True(handle.IsClosed);
    }

    private (IActorRef Source, TestProbe Reader) Start(byte[] bytes, ByteRange range) => Start(bytes, range, out _);

    private (IActorRef Source, TestProbe Reader) Start(byte[] bytes, ByteRange range, out Microsoft.Win32.SafeHandles.SafeFileHandle handle)
    {
        var reader = CreateTestProbe();
        handle = File.OpenHandle(_files.Add("file", bytes));
        return (Sys.ActorOf(FileBodyActor.Props(new Exchange(reader, 1), handle, ChunkSize, new FilePieces([new FilePiece(default, range)]))), reader);
    }

    // A copy: the bytes are the reader's only until it pulls again.
    private static byte[] Pull(IActorRef source, TestProbe reader)
    {
        source.Tell(new PullBody(new Exchange(reader, 1)), reader);
        return reader.ExpectMsg<BodyChunk>().Bytes.ToArray();
    }

    private static void Overwrite(string path, byte value)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Write(Enumerable.Repeat(value, 5 * ChunkSize).ToArray());
    }
}

using ActorHttp.Files.Disks;
using ActorHttp.Files.Reading;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using Akka.Actor;
using Akka.TestKit;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Tests.Files;

public sealed class FileBodyActorTests : FileSourceTests
{
    [Fact]
    public void A_file_comes_in_chunks_and_ends()
    {
        var bytes = TemporaryDirectory.Pattern(2500);
        var (source, reader, _) = Start(bytes, new FilePiece(default, new ByteRange(0, 2500)));
        Assert.Equal(bytes[..1000], Pull(source, reader));
        Assert.Equal(bytes[1000..2000], Pull(source, reader));
        Assert.Equal(bytes[2000..], Pull(source, reader));
        ExpectEnd<BodyEnd>(source, reader);
    }

    [Fact]
    public void A_range_is_that_part_and_no_more()
    {
        var bytes = TemporaryDirectory.Pattern(5000);
        var (source, reader, _) = Start(bytes, new FilePiece(default, new ByteRange(1234, 1500)));
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
        var path = Files.Add("generations", new byte[5 * ChunkSize]);
        var reader = CreateTestProbe();
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var source = ActorOfAsTestActorRef<FileBodyActor>(PropsOf(reader, handle, new FilePiece(default, new ByteRange(0, 5 * ChunkSize))));
        for (byte generation = 1; generation <= 5; generation++)
        {
            Overwrite(path, generation);
            // The first pull reads for itself and one ahead; each later one reads one ahead.
            Assert.Equal(Enumerable.Repeat((byte)Math.Max(1, generation - 1), ChunkSize), Pull(source, reader));
        }
    }

    private protected override IActorRef Start(TestProbe reader, SafeFileHandle handle, FilePiece piece) =>
        Sys.ActorOf(PropsOf(reader, handle, piece));

    private Props PropsOf(TestProbe reader, SafeFileHandle handle, FilePiece piece) =>
        FileBodyActor.Props(
            new Exchange(reader, 1),
            handle,
            ChunkSize,
            new FilePieces([piece]),
            new DiskSeat(DiskGates.Of(Sys).Reading, new DiskPlace(Files.Path, ["file"])));

    private static void Overwrite(string path, byte value)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Write(Enumerable.Repeat(value, 5 * ChunkSize).ToArray());
    }
}

using ActorHttp.Files.Disks;
using ActorHttp.Files.Reading;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using Akka.Actor;
using Akka.TestKit;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Tests.Files;

public sealed class CachedBodyActorTests : FileSourceTests
{
    [CachedReadFact]
    public void A_file_in_memory_comes_in_chunks_and_no_other_actor_takes_part()
    {
        var bytes = TemporaryDirectory.Pattern(2500);
        var (source, reader, _) = Start(bytes, new FilePiece("head"u8.ToArray(), new ByteRange(100, 2400)));
        Assert.Equal([.. "head"u8, .. bytes[100..1096]], Pull(source, reader));
        Assert.Equal(bytes[1096..2096], Pull(source, reader));
        Assert.Equal(bytes[2096..], Pull(source, reader));
        Assert.Equal(source, reader.LastSender);
        ExpectEnd<BodyEnd>(source, reader);
    }

    [Fact]
    public void What_is_not_in_memory_is_read_by_another_from_where_it_stopped()
    {
        var bytes = TemporaryDirectory.Pattern(5 * ChunkSize);
        var handle = File.OpenHandle(Files.Add("file", bytes));
        var reader = CreateTestProbe();
        var source = Start(reader, handle, new FilePiece("head"u8.ToArray(), new ByteRange(0, bytes.Length)), (file, buffer, position) =>
            position + buffer.Count <= 1500 ? RandomAccess.Read(file, buffer, position) : -1);
        var read = new List<byte>();
        var senders = new List<string>();
        while (read.Count < bytes.Length + 4)
        {
            read.AddRange(Pull(source, reader));
            senders.Add(reader.LastSender.Path.Name);
        }

        Assert.Equal([.. "head"u8, .. bytes], read);
        Assert.Equal([source.Path.Name, "disk"], senders.Distinct());
        ExpectEnd<BodyEnd>(source, reader);
        Assert.True(handle.IsClosed);
    }

    [CachedReadFact]
    public void A_disk_that_fails_stops_it()
    {
        // A folder can be opened, and not read: neither at once nor later.
        Assert.Equal(0, LibC.TryOpenAt(LibC.CurrentFolder, Files.Path, LibC.ReadOnly, out var folder));
        var reader = CreateTestProbe();
        var source = Start(reader, new SafeFileHandle(folder, ownsHandle: true), new FilePiece(default, new ByteRange(0, 10)));
        reader.Watch(source);
        source.Tell(new PullBody(new Exchange(reader, 1)), reader);
        reader.ExpectTerminated(source);
    }

    private protected override IActorRef Start(TestProbe reader, SafeFileHandle handle, FilePiece piece) =>
        Start(reader, handle, piece, LibC.ReadCached);

    private IActorRef Start(TestProbe reader, SafeFileHandle handle, FilePiece piece, FilePieces.ReadFile readCached)
    {
        var body = CachedBodyActor.Props(
            new Exchange(reader, 1), handle, new DiskPlace(Files.Path, ["file"]), ChunkSize, [piece], readCached);
        return Sys.ActorOf(Props.Create(() => new Parent(body))).Ask<IActorRef>("child").GetAwaiter().GetResult();
    }

    /// <summary>Stops a child that fails, as FilesActor does.</summary>
    private sealed class Parent : ReceiveActor
    {
        public Parent(Props child)
        {
            var source = Context.ActorOf(child);
            Receive<string>(_ => Sender.Tell(source));
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);
    }
}

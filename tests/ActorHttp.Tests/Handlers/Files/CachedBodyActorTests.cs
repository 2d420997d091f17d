using ActorHttp.Handlers.Files;
using ActorHttp.Handlers.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.TestKit;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Tests.Handlers.Files;

public sealed class CachedBodyActorTests() : Akka.TestKit.Xunit2.TestKit(ActorHttpSettings.Reference), IDisposable
{
    private const int ChunkSize = 1000;

    private readonly TemporaryDirectory _files = new();

    void IDisposable.Dispose()
    {
        base.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void A_file_in_memory_comes_in_chunks_and_no_other_actor_takes_part()
    {
        if (!LibC.IsUsable)
            return;
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
        var handle = File.OpenHandle(_files.Add("file", bytes));
        var (source, reader) = Start(handle, new FilePiece("head"u8.ToArray(), new ByteRange(0, bytes.Length)), (file, buffer, position) =>
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

    [Fact]
    public void A_disk_that_fails_stops_it()
    {
        // A folder can be opened, and not read: neither at once nor later.
        if (!LibC.IsUsable)
            return;
        Assert.Equal(0, LibC.TryOpenAt(LibC.CurrentFolder, _files.Path, LibC.ReadOnly, out var folder));
        var (source, reader) = Start(new SafeFileHandle(folder, ownsHandle: true), new FilePiece(default, new ByteRange(0, 10)));
        reader.Watch(source);
        source.Tell(new PullBody(new Exchange(reader, 1)), reader);
        reader.ExpectTerminated(source);
    }

    [Fact]
    public void A_file_that_became_shorter_fails_instead_of_ending()
    {
        var (source, reader, _) = Start(new byte[5 * ChunkSize], new FilePiece(default, new ByteRange(0, 5 * ChunkSize)));
        Pull(source, reader);
        using (var file = File.Open(_files["file"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(2 * ChunkSize);
        Pull(source, reader);
        ExpectEnd<BodyFailed>(source, reader);
    }

    [Fact]
    public void It_stops_and_closes_the_file_when_it_is_cancelled()
    {
        var (source, reader, handle) = Start(new byte[5 * ChunkSize], new FilePiece(default, new ByteRange(0, 5 * ChunkSize)));
        Pull(source, reader);
        reader.Watch(source);
        source.Tell(new CancelBody(new Exchange(reader, 1)), reader);
        reader.ExpectTerminated(source);
        Assert.True(handle.IsClosed);
    }

    [Fact]
    public void It_stops_and_closes_the_file_when_the_connection_is_gone()
    {
        var (source, reader, handle) = Start(new byte[5 * ChunkSize], new FilePiece(default, new ByteRange(0, 5 * ChunkSize)));
        Watch(source);
        Sys.Stop(reader);
        ExpectTerminated(source);
        Assert.True(handle.IsClosed);
    }

    private (IActorRef Source, TestProbe Reader, SafeFileHandle Handle) Start(byte[] bytes, FilePiece piece)
    {
        var handle = File.OpenHandle(_files.Add("file", bytes), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var (source, reader) = Start(handle, piece);
        return (source, reader, handle);
    }

    private (IActorRef Source, TestProbe Reader) Start(SafeFileHandle handle, FilePiece piece, CachedBodyActor.ReadCached? read = null)
    {
        var reader = CreateTestProbe();
        var body = CachedBodyActor.Props(new Exchange(reader, 1), handle, ChunkSize, [piece], read ?? LibC.ReadCached);
        var parent = Sys.ActorOf(Props.Create(() => new Parent(body)));
        return (parent.Ask<IActorRef>("child").GetAwaiter().GetResult(), reader);
    }

    // A copy: the bytes are the reader's only until it pulls again.
    private static byte[] Pull(IActorRef source, TestProbe reader)
    {
        source.Tell(new PullBody(new Exchange(reader, 1)), reader);
        return reader.ExpectMsg<BodyChunk>().Bytes.ToArray();
    }

    private static void ExpectEnd<TEnd>(IActorRef source, TestProbe reader)
    {
        reader.Watch(source);
        source.Tell(new PullBody(new Exchange(reader, 1)), reader);
        reader.ExpectMsg<TEnd>();
        reader.ExpectTerminated(source);
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

using ActorHttp.Files.Reading;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Tests.Settings;
using Akka.Actor;
using Akka.TestKit;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Tests.Files;

/// <summary>What every source of a file's bytes keeps to, wherever it reads them.</summary>
public abstract class FileSourceTests() : Akka.TestKit.Xunit2.TestKit(AllSettings.Defaults), IDisposable
{
    private protected const int ChunkSize = 1000;

    private protected TemporaryDirectory Files { get; } = new();

    void IDisposable.Dispose()
    {
        base.Dispose();
        Files.Dispose();
    }

    [Fact]
    public void A_file_that_became_shorter_fails_instead_of_ending()
    {
        var (source, reader, handle) = StartFiveChunks();
        Pull(source, reader);
        using (var file = File.Open(Files["file"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(2 * ChunkSize);
        Pull(source, reader);
        ExpectEnd<BodyFailed>(source, reader);
        Assert.True(handle.IsClosed);
    }

    [Fact]
    public void It_stops_and_closes_the_file_when_it_is_cancelled()
    {
        var (source, reader, handle) = StartFiveChunks();
        Pull(source, reader);
        reader.Watch(source);
        source.Tell(new CancelBody(new Exchange(reader, 1)), reader);
        reader.ExpectTerminated(source);
        Assert.True(handle.IsClosed);
    }

    [Fact]
    public void It_stops_and_closes_the_file_when_the_connection_is_gone()
    {
        var (source, reader, handle) = StartFiveChunks();
        Watch(source);
        Sys.Stop(reader);
        ExpectTerminated(source);
        Assert.True(handle.IsClosed);
    }

    private protected (IActorRef Source, TestProbe Reader, SafeFileHandle Handle) Start(byte[] bytes, FilePiece piece)
    {
        var reader = CreateTestProbe();
        var handle = File.OpenHandle(Files.Add("file", bytes), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return (Start(reader, handle, piece), reader, handle);
    }

    /// <summary>The source, for this reader.</summary>
    private protected abstract IActorRef Start(TestProbe reader, SafeFileHandle handle, FilePiece piece);

    // A copy: the bytes are the reader's only until it pulls again.
    private protected static byte[] Pull(IActorRef source, TestProbe reader)
    {
        source.Tell(new PullBody(new Exchange(reader, 1)), reader);
        return reader.ExpectMsg<BodyChunk>().Bytes.ToArray();
    }

    private protected static void ExpectEnd<TEnd>(IActorRef source, TestProbe reader)
    {
        reader.Watch(source);
        source.Tell(new PullBody(new Exchange(reader, 1)), reader);
        reader.ExpectMsg<TEnd>();
        reader.ExpectTerminated(source);
    }

    private (IActorRef Source, TestProbe Reader, SafeFileHandle Handle) StartFiveChunks() =>
        Start(new byte[5 * ChunkSize], new FilePiece(default, new ByteRange(0, 5 * ChunkSize)));
}

using ActorHttp.Files;
using ActorHttp.Messages;
using ActorHttp.Tests.Settings;
using Akka.Actor;
using Akka.TestKit;

namespace ActorHttp.Tests.Files;

/// <summary>A restart takes an actor's children along, and the transfers are children of the files actor, or of the one above it.</summary>
public sealed class TransferRestartTests : Akka.TestKit.Xunit2.TestKit, IDisposable
{
    private const int ChunkSize = 4096;

    private readonly TemporaryDirectory _files = new();
    private readonly TestProbe _connection;
    private readonly IActorRef _handler;

    public TransferRestartTests()
        : base(AllSettings.Defaults)
    {
        _connection = this.CreateConnection();
        _handler = Sys.ActorOf(
            CachedFilesActor.Definition("files", _files.Path, FileRequests.Settings(ChunkSize), FileRequests.Coding, []).Props);
    }

    void IDisposable.Dispose()
    {
        base.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void An_upload_goes_on_when_the_files_actor_fails_on_something_else()
    {
        _handler.Tell(FileRequests.To(_connection, "PUT", "file", new RequestBody(true, 6)), _connection);
        _connection.ExpectMsg<PullBody>();
        _connection.Reply(new BodyChunk(new Exchange(_connection, 1), "abc"u8.ToArray()));
        _connection.ExpectMsg<PullBody>();
        FailTheHandler();
        _connection.Reply(new BodyChunk(new Exchange(_connection, 1), "def"u8.ToArray()));
        _connection.ExpectMsg<PullBody>();
        _connection.Reply(new BodyEnd(new Exchange(_connection, 1)));
        Assert.Equal(201, _connection.ExpectMsg<HttpResponse>().Status);
        Assert.Equal("abcdef", File.ReadAllText(_files["file"]));
        Assert.Equal(["file"], _files.Entries);
    }

    [Fact]
    public void A_download_goes_on_when_the_files_actor_fails_on_something_else()
    {
        var bytes = TemporaryDirectory.Pattern(3 * ChunkSize);
        _files.Add("file", bytes);
        _handler.Tell(FileRequests.To(_connection, "GET", "file", RequestBody.None), _connection);
        var source = _connection.ExpectMsg<HttpResponse>().Body.Source!;
        Assert.Equal(bytes[..ChunkSize], Pull(source));
        FailTheHandler();
        Assert.Equal(bytes[ChunkSize..(2 * ChunkSize)], Pull(source));
        Assert.Equal(bytes[(2 * ChunkSize)..], Pull(source));
        source.Tell(new PullBody(new Exchange(_connection, 1)), _connection);
        _connection.ExpectMsg<BodyEnd>();
    }

    [Fact]
    public void An_upload_that_is_stopped_is_answered_and_leaves_nothing()
    {
        _handler.Tell(FileRequests.To(_connection, "PUT", "file", new RequestBody(true, 6)), _connection);
        _connection.ExpectMsg<PullBody>();
        var transfer = _connection.LastSender;
        transfer.Tell(Kill.Instance);
        Assert.Equal(500, _connection.ExpectMsg<HttpResponse>().Status);
        Watch(transfer);
        ExpectTerminated(transfer);
        Assert.Empty(_files.Entries);
    }

    // When the children that there were have been restarted, the next that is made is answered.
    private void FailTheHandler()
    {
        var other = this.CreateConnection();
        _handler.Tell(FileRequests.To(other, "PUT", "other", RequestBody.None) with { Headers = null! }, other);
        Assert.Equal(500, other.ExpectMsg<HttpResponse>().Status);
        _handler.Tell(FileRequests.To(other, "GET", "nothing", RequestBody.None), other);
        Assert.Equal(404, other.ExpectMsg<HttpResponse>().Status);
    }

    private byte[] Pull(IActorRef source)
    {
        source.Tell(new PullBody(new Exchange(_connection, 1)), _connection);
        return _connection.ExpectMsg<BodyChunk>().Bytes.ToArray();
    }
}

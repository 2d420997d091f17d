using ActorHttp.Files;
using ActorHttp.Files.Disks;
using ActorHttp.Files.Storage;
using ActorHttp.Files.Writing;
using ActorHttp.Messages;
using ActorHttp.Tests.Settings;
using Akka.Actor;
using Akka.TestKit;

namespace ActorHttp.Tests.Files;

public sealed class UploadActorTests : Akka.TestKit.Xunit2.TestKit, IDisposable
{
    private readonly TemporaryDirectory _files = new();
    private readonly TestProbe _connection;
    private readonly IActorRef _handler;

    public UploadActorTests()
        : base(AllSettings.Defaults)
    {
        _connection = this.CreateConnection();
        _handler = Sys.ActorOf(FilesActor.Props(_files.Path, FileRequests.Settings(64 * 1024), FileRequests.Coding));
    }

    void IDisposable.Dispose()
    {
        base.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void It_pulls_until_the_end_and_answers_once_the_file_is_there()
    {
        Start("PUT", new RequestBody(true, 6));
        Send("abc"u8.ToArray());
        var transfer = Send("def"u8.ToArray());
        Assert.False(File.Exists(_files["file"]));
        _connection.ExpectMsg<PullBody>();
        _connection.Reply(new BodyEnd(new Exchange(_connection, 1)));
        var response = Answer();
        Assert.Equal(201, response.Status);
        Assert.Equal("file", response.Headers["Location"]);
        Watch(transfer);
        ExpectTerminated(transfer);
        Assert.Equal("abcdef", File.ReadAllText(_files["file"]));
        Assert.Equal(["file"], _files.Entries);
    }

    [Fact]
    public void It_pulls_nothing_when_there_is_no_body()
    {
        Start("PUT", RequestBody.None);
        Assert.Equal(201, Answer().Status);
        Assert.Equal("", File.ReadAllText(_files["file"]));
    }

    [Fact]
    public void A_body_that_fails_is_not_answered_and_leaves_nothing()
    {
        Start("PUT", new RequestBody(true, null));
        var transfer = Send("abc"u8.ToArray());
        _connection.ExpectMsg<PullBody>();
        _connection.Reply(new BodyFailed(new Exchange(_connection, 1), "the client is gone"));
        _connection.ExpectTerminated(transfer);
        _connection.ExpectNoMsg(TimeSpan.Zero);
        Assert.Empty(_files.Entries);
    }

    [Fact]
    public void A_connection_that_is_gone_leaves_nothing()
    {
        Start("PUT", new RequestBody(true, null));
        var transfer = Send("abc"u8.ToArray());
        _connection.ExpectMsg<PullBody>();
        Watch(transfer);
        Sys.Stop(_connection);
        ExpectTerminated(transfer);
        Assert.Empty(_files.Entries);
    }

    [Theory, Trait("RFC", "9110 §10.1.1")]
    [InlineData("file/child", "If-Match", "*", 409)]
    [InlineData("file", "If-None-Match", "*", 412)]
    [InlineData("file", "If-Match", "\"other\"", 412)]
    [InlineData(null, "If-Match", "*", 412)]
    public void An_upload_that_cannot_be_stored_is_refused_before_its_body_is_pulled(
        string? present, string condition, string value, int status)
    {
        if (present is not null)
            _files.Add(present, "old");
        var before = _files.Entries;
        Start("PUT", new RequestBody(true, 3), (condition, value));
        Assert.Equal(status, _connection.ExpectMsg<HttpResponse>().Status);
        Assert.Equal(before, _files.Entries);
    }

    [Fact, Trait("RFC", "9110 §13.1.1")]
    public void A_condition_that_broke_while_the_body_came_is_412_and_keeps_what_is_there()
    {
        Start("PUT", new RequestBody(true, 3), ("If-None-Match", "*"));
        Send("new"u8.ToArray());
        _connection.ExpectMsg<PullBody>();
        _files.Add("file", "somebody else was faster");
        _connection.Reply(new BodyEnd(new Exchange(_connection, 1)));
        Assert.Equal(412, Answer().Status);
        Assert.Equal("somebody else was faster", File.ReadAllText(_files["file"]));
        Assert.Equal(["file"], _files.Entries);
    }

    [Fact]
    public void A_disk_that_cannot_hold_it_is_507_before_the_first_byte()
    {
        Start("PUT", new RequestBody(true, long.MaxValue));
        _connection.ExpectMsg<HttpResponse>(response => Assert.Equal(507, response.Status));
        var transfer = _connection.LastSender;
        Watch(transfer);
        ExpectTerminated(transfer);
        Assert.Empty(_files.Entries);
    }

    [Fact]
    public void A_folder_that_goes_while_the_body_comes_is_409()
    {
        Directory.CreateDirectory(_files["folder"]);
        Start("PUT", new RequestBody(true, 3), "folder/file");
        Send("new"u8.ToArray());
        _connection.ExpectMsg<PullBody>();
        Directory.Delete(_files["folder"], recursive: true);
        _connection.Reply(new BodyEnd(new Exchange(_connection, 1)));
        Assert.Equal(409, Answer().Status);
        Assert.False(File.Exists(_files["folder/file"]));
    }

    [Fact]
    public void A_folder_that_takes_the_name_while_the_body_comes_is_an_error_and_leaves_nothing_else()
    {
        Start("PUT", new RequestBody(true, 3));
        Send("new"u8.ToArray());
        _connection.ExpectMsg<PullBody>();
        Directory.CreateDirectory(_files["file"]);
        _connection.Reply(new BodyEnd(new Exchange(_connection, 1)));
        Assert.Equal(409, Answer().Status);
        Assert.Equal(["file"], _files.Entries);
    }

    [Fact, Trait("RFC", "9110 §13.1.2")]
    public void Of_two_that_must_be_the_first_only_one_is()
    {
        var connections = new[] { this.CreateConnection(), this.CreateConnection() };
        foreach (var connection in connections)
        {
            _handler.Tell(FileRequests.To(connection, "PUT", "file", new RequestBody(true, 3), ("If-None-Match", "*")), connection);
            connection.ExpectMsg<PullBody>();
            connection.Reply(new BodyChunk(new Exchange(connection, 1), "abc"u8.ToArray()));
            connection.ExpectMsg<PullBody>();
        }

        foreach (var connection in connections)
            connection.Reply(new BodyEnd(new Exchange(connection, 1)));
        Assert.Equal([201, 412], connections.Select(connection => connection.ExpectMsg<HttpResponse>().Status).Order());
        Assert.Equal(["file"], _files.Entries);
    }

    [Fact]
    public void What_is_handed_over_to_a_handler_that_is_gone_leaves_nothing()
    {
        var transfer = HandOver(out _);
        Watch(transfer);
        Sys.Stop(transfer);
        ExpectTerminated(transfer);
        Assert.Empty(_files.Entries);
    }

    [Fact]
    public void What_is_handed_over_is_the_handlers_even_when_the_client_goes()
    {
        var transfer = HandOver(out var upload);
        transfer.Tell(new BodyFailed(new Exchange(_connection, 1), "the client is gone"), _connection);
        transfer.Tell(new Identify(1), TestActor);
        ExpectMsg<ActorIdentity>();
        upload.Commit(null);
        Assert.Equal(["file"], _files.Entries);
    }

    [Fact]
    public void An_upload_whose_client_was_told_an_error_is_not_stored()
    {
        var denying = this.CreateConnection(isGranted: false);
        _handler.Tell(FileRequests.To(denying, "PUT", "file", new RequestBody(true, 3)), denying);
        denying.ExpectMsg<PullBody>();
        denying.Watch(denying.LastSender);
        denying.Reply(new BodyChunk(new Exchange(denying, 1), "abc"u8.ToArray()));
        denying.ExpectMsg<PullBody>();
        denying.Reply(new BodyEnd(new Exchange(denying, 1)));
        denying.ExpectMsg<Terminated>();
        Assert.Empty(_files.Entries);
        denying.ExpectNoMsg(TimeSpan.Zero);
    }

    // To this test, which is no files actor and leaves it where it is.
    private IActorRef HandOver(out UploadFile upload)
    {
        var request = FileRequests.To(_connection, "PUT", "file", new RequestBody(true, 3));
        var plan = UploadPlan.Of(request, FileRequests.Settings(), out _)!;
        upload = new UploadFile(FileRoot.At(_files.Path), _files["file"], new UploadRules(false, true, 0));
        var transfer = ChildActorOf(UploadActor.Props(
            request, plan, upload, FileRequests.Settings(), new DiskSeat(DiskGates.Of(Sys).Writing, new DiskPlace(_files.Path, ["file"]))));
        Send("abc"u8.ToArray());
        _connection.ExpectMsg<PullBody>();
        _connection.Reply(new BodyEnd(new Exchange(_connection, 1)));
        Assert.Same(upload, ExpectMsg<SealedUpload>().Upload);
        return transfer;
    }

    private void Start(string method, RequestBody body, params ReadOnlySpan<(string Name, string Value)> headers) =>
        Start(method, body, "file", headers);

    private void Start(string method, RequestBody body, string path, params ReadOnlySpan<(string Name, string Value)> headers) =>
        _handler.Tell(FileRequests.To(_connection, method, path, body, headers), _connection);

    // The transfer's end may come before it, or after.
    private HttpResponse Answer() => (HttpResponse)_connection.FishForMessage(message => message is HttpResponse);

    // The transfer is who pulls.
    private IActorRef Send(byte[] bytes)
    {
        _connection.ExpectMsg<PullBody>();
        var transfer = _connection.Watch(_connection.LastSender);
        _connection.Reply(new BodyChunk(new Exchange(_connection, 1), bytes));
        return transfer;
    }
}

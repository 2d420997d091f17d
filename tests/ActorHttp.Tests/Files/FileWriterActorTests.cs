using ActorHttp.Files.Disks;
using ActorHttp.Files.Storage;
using ActorHttp.Files.Writing;
using ActorHttp.Messages;
using ActorHttp.Tests.Settings;
using Akka.Actor;

namespace ActorHttp.Tests.Files;

/// <summary>The life of the actors that write.</summary>
public sealed class FileWriterActorTests : Akka.TestKit.Xunit2.TestKit, IDisposable
{
    private readonly TemporaryDirectory _files = new();

    public FileWriterActorTests()
        : base(AllSettings.Defaults)
    {
    }

    void IDisposable.Dispose()
    {
        base.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void It_says_when_it_has_answered_everything()
    {
        var connection = this.CreateConnection();
        var writer = Start();
        writer.Tell(FileRequests.To(connection, "PUT", "file", RequestBody.None));
        Assert.Equal(201, connection.FishForMessage<HttpResponse>(_ => true).Status);
        ExpectMsg<WriterIdle>(idle => Assert.Equal((_files["file"], 1), (idle.Place, idle.Requests)));
        writer.Tell(FileRequests.To(connection, "DELETE", "file"));
        Assert.Equal(204, connection.FishForMessage<HttpResponse>(_ => true).Status);
        ExpectMsg<WriterIdle>(idle => Assert.Equal(2, idle.Requests));
    }

    // What has been done counts for its own request only: a fault of the next one is answered as if it were the first.
    [Fact]
    public void A_request_that_fails_behind_one_that_was_done_is_told_so()
    {
        var connection = this.CreateConnection();
        var writer = Start();
        _files.Add("file", "x");
        writer.Tell(FileRequests.To(connection, "DELETE", "file"));
        Assert.Equal(204, connection.ExpectMsg<HttpResponse>().Status);
        _files.Add("file/child", "x");
        writer.Tell(FileRequests.To(connection, "DELETE", "file/"));
        Assert.Equal(409, connection.ExpectMsg<HttpResponse>().Status);
        Assert.Equal(["file", "file/child"], _files.Entries);
    }

    [Fact]
    public void One_that_is_stopped_leaves_no_request_without_an_answer()
    {
        var (begun, waits) = (this.CreateConnection(), this.CreateConnection());
        var writer = Start();
        writer.Tell(FileRequests.To(begun, "PUT", "file", new RequestBody(true, 3), ("Upload-Complete", "?1")));
        var location = begun.ExpectMsg<InterimResponse>().Headers["Location"]!;
        begun.ExpectMsg<PullBody>();
        writer.Tell(new HttpRequest(
            new Exchange(waits, 1),
            RequestMethod.Head,
            new RequestTarget(TargetForm.Origin, "/files/file", location.Split('?')[1]),
            HttpVersion.Http11,
            HttpHeaders.Empty,
            RequestBody.None,
            "file"));
        writer.Tell(PoisonPill.Instance);

        // HEAD ends the transfer that is under way (409) and then tells how far it came (204), unless the stop is faster.
        Assert.Contains(begun.FishForMessage<HttpResponse>(_ => true).Status, (int[])[409, 500, 503]);
        Assert.Contains(waits.FishForMessage<HttpResponse>(_ => true).Status, (int[])[204, 500, 503]);
    }

    private DiskPlace Way => new(_files.Path, ["file"]);

    private IActorRef Start() => ChildActorOf(FileWriterActor.Props(
        FileRoot.At(_files.Path), _files["file"], FileRequests.Settings(), Way, new DiskSeat(DiskGates.Of(Sys).Writing, Way)));
}

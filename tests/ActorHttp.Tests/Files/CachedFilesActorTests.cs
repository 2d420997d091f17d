using System.Text;
using ActorHttp.Files;
using ActorHttp.Files.Reading;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Tests.Settings;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Tests.Files;

/// <summary>Which requests for files are answered from memory, and which go to the one that may wait: here a probe.</summary>
public sealed class CachedFilesActorTests : Akka.TestKit.Xunit2.TestKit, IDisposable
{
    private const int ChunkSize = 4096;
    private readonly TemporaryDirectory _files = new("root");
    private readonly TestProbe _connection;
    private readonly TestProbe _disk;

    public CachedFilesActorTests()
        : base(AllSettings.Defaults)
    {
        _connection = CreateTestProbe();
        _disk = CreateTestProbe();
    }

    void IDisposable.Dispose()
    {
        base.Dispose();
        _files.Dispose();
    }

    [CachedOpenFact]
    public void A_small_file_that_is_in_memory_is_answered_at_once()
    {
        _files.Add("file", "bytes"u8.ToArray());
        var response = Ask(Start(), "GET", "file");
        Assert.Equal(200, response.Status);
        Assert.Equal("bytes", Encoding.UTF8.GetString(response.Body.Bytes.Span));
        _disk.ExpectNoMsg(0);
    }

    [CachedOpenFact]
    public void A_large_one_is_streamed_from_there()
    {
        var bytes = TemporaryDirectory.Pattern(ChunkSize + 1);
        _files.Add("file", bytes);
        var handler = Start();
        var source = Ask(handler, "GET", "file").Body.Source!;
        Assert.Equal(handler.Path, source.Path.Parent);
        source.Tell(new PullBody(new Exchange(_connection, 1)), _connection);
        Assert.Equal(bytes[..ChunkSize], _connection.ExpectMsg<BodyChunk>().Bytes.ToArray());
        _disk.ExpectNoMsg(0);
    }

    [CachedOpenTheory]
    [InlineData("file")]
    [InlineData("text.txt")]
    public void One_that_would_have_to_be_waited_for_is_left_to_the_disk_and_closed(string name)
    {
        _files.Add(name, "bytes"u8.ToArray());
        SafeFileHandle? opened = null;
        ExpectLeft(Start((file, _, _) =>
        {
            opened = file;
            return -1;
        }), FileRequests.To(_connection, "GET", name));
        Assert.True(opened!.IsClosed);
    }

    [CachedOpenFact]
    public void Of_one_that_is_in_memory_in_part_nothing_is_answered()
    {
        _files.Add("file", "bytes"u8.ToArray());
        ExpectLeft(
            Start((file, buffer, position) => position < 3 ? RandomAccess.Read(file, buffer[..3], position) : -1),
            FileRequests.To(_connection, "GET", "file"));
    }

    // Its charset is told by the first chunk: by less of it the answer would be another than a moment later.
    [CachedOpenFact]
    public void Of_a_text_whose_beginning_is_in_memory_in_part_nothing_is_told()
    {
        _files.Add("text.txt", [.. "bytes"u8, .. Enumerable.Repeat((byte)0xFF, ChunkSize)]);
        ExpectLeft(
            Start((file, buffer, position) => position < 3 ? RandomAccess.Read(file, buffer[..3], position) : -1),
            FileRequests.To(_connection, "GET", "text.txt"));
    }

    [CachedOpenTheory]
    [InlineData("PUT", "file")]
    [InlineData("POST", "file")]
    [InlineData("PATCH", "file")]
    [InlineData("DELETE", "file")]
    [InlineData("GET", "missing")]
    [InlineData("GET", "link")]
    [InlineData("GET", "folder/")]
    [InlineData("GET", "a%2fb")]
    public void Whatever_is_no_plain_read_is_left_to_the_disk(string method, string path)
    {
        _files.Add("file", "bytes"u8.ToArray());
        Directory.CreateDirectory(_files["folder"]);
        File.CreateSymbolicLink(_files["link"], _files["file"]);
        ExpectLeft(Start(), FileRequests.To(_connection, method, path));
    }

    // The name alone decides, so nothing has to be looked up.
    [CachedOpenTheory]
    [InlineData("GET", ".hidden", 404)]
    [InlineData("GET", "a//b", 400)]
    [InlineData("PUT", ".hidden", 403)]
    [InlineData("PUT", "folder/", 405)]
    public void A_request_that_is_refused_by_its_name_is_answered_at_once(string method, string path, int status)
    {
        _files.Add(".hidden", "bytes"u8.ToArray());
        Start().Tell(FileRequests.To(_connection, method, path), _connection);
        Assert.Equal(status, _connection.ExpectMsg<HttpResponse>().Status);
    }

    [CachedOpenFact]
    public void A_digest_that_is_wanted_is_left_to_the_disk()
    {
        _files.Add("file", "bytes"u8.ToArray());
        ExpectLeft(Start(), FileRequests.To(_connection, "GET", "file", default, ("Want-Repr-Digest", "sha-256=1")));
    }

    // To do without it because nothing is known of it would be to answer other bytes than a moment later.
    [CachedOpenFact]
    public void A_neighbour_that_would_have_to_be_waited_for_is_not_taken_for_none()
    {
        _files.Add("page.html", "<p>"u8.ToArray());
        _files.Add("page.html.gz", "coded"u8.ToArray());
        var reads = 0;
        ExpectLeft(
            Start((file, buffer, position) => reads++ == 0 ? RandomAccess.Read(file, buffer, position) : -1),
            FileRequests.To(_connection, "GET", "page.html", default, ("Accept-Encoding", "gzip")));
        Assert.Equal(2, reads);
    }

    [CachedOpenFact]
    public void A_name_that_nobody_has_looked_up_would_have_to_be_waited_for()
    {
        var path = FilePath.Parse(Guid.NewGuid().ToString(), out _)!;
        Assert.Throws<WouldWaitException>(() => new CachedRoot(_files.Path).Open(path));
    }

    [CachedOpenFact]
    public void A_root_behind_a_link_is_read_from_memory_wherever_the_link_leads_at_each_request()
    {
        _files.Add("../r1/file", "one");
        _files.Add("../r2/file", "two");
        File.CreateSymbolicLink(_files["../current"], "r1");
        var root = new CachedRoot(_files["../current"]);
        var path = FilePath.Parse("file", out _)!;
        Assert.Equal("one", Read(root, path, "../current/file"));
        File.Delete(_files["../current"]);
        File.CreateSymbolicLink(_files["../current"], "r2");

        // What is known of the link by now is only in the memory of who has followed it.
        File.ReadAllText(_files["../current/file"]);

        // The request that has begun goes on where it began.
        Assert.Equal("one", Read(root, path, "../r1/file"));
        Assert.Equal("two", Read(root.Now(), path, "../current/file"));
        root.Release();
    }

    [CachedOpenFact]
    public void A_root_that_becomes_a_link_while_a_request_reads_is_left_to_the_disk()
    {
        _files.Add("../r1/file", "one");
        _files.Add("../r2/file", "two");
        var root = new CachedRoot(_files["../r1"]);
        var path = FilePath.Parse("file", out _)!;
        Assert.Equal("one", Read(root, path, "../r1/file"));
        Directory.Move(_files["../r1"], _files["../old"]);
        File.CreateSymbolicLink(_files["../r1"], "r2");
        File.ReadAllText(_files["../r1/file"]);
        Assert.Throws<WouldWaitException>(() => root.Open(path));
        Assert.Equal("two", Read(root.Now(), path, "../r1/file"));
        root.Release();
    }

    // The kernel also answers that it would have to wait when a file is renamed anywhere at the same moment, or when it has
    // forgotten the name since. To look the name up brings it back.
    private string Read(FileRoot root, FilePath path, string lookedUp)
    {
        var text = "";
        Assert.True(
            SpinWait.SpinUntil(() => TryRead(root, path, out text) || !File.Exists(_files[lookedUp]), TimeSpan.FromSeconds(20)),
            "the kernel never answers from memory");
        return text;
    }

    private static bool TryRead(FileRoot root, FilePath path, out string text)
    {
        try
        {
            using var opened = root.Open(path)!.Value;
            var bytes = new byte[opened.Stat.Version.Length];
            text = Encoding.UTF8.GetString(bytes.AsSpan(0, RandomAccess.Read(opened.Handle, bytes, 0)));
            return true;
        }
        catch (WouldWaitException)
        {
            text = "";
            return false;
        }
    }

    [CachedOpenFact]
    public void Another_instance_answers_from_memory_and_hands_the_rest_to_the_first_one()
    {
        _files.Add("file", "bytes"u8.ToArray());
        var disk = Sys.ActorOf(Props.Create(() => new Forwarder(_disk)), "files");
        var another = Sys.ActorOf(CachedFilesActor.PropsOfAnother(
            "files", _files.Path, FileRequests.Settings(ChunkSize), FileRequests.Coding, LibC.ReadCached, FilesActor.NewDigests()));
        Assert.Equal(200, Ask(another, "GET", "file").Status);
        ExpectLeft(another, FileRequests.To(_connection, "PUT", "file", new RequestBody(true, 6)));

        // When the first one is gone its requests are dead letters, which the handlers' parent answers.
        Watch(disk);
        Sys.Stop(disk);
        ExpectTerminated(disk);
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        Sys.EventStream.Subscribe(TestActor, typeof(SuppressedDeadLetter));
        var lost = FileRequests.To(_connection, "DELETE", "file");
        another.Tell(lost, _connection);
        Assert.Same(lost, FishForMessage<AllDeadLetters>(dead => dead.Message is HttpRequest).Message);
    }

    private IActorRef Start(FilePieces.ReadFile? readCached = null) => Sys.ActorOf(CachedFilesActor.Props(
        _files.Path,
        FileRequests.Settings(ChunkSize) with { Precompressed = [ContentCoding.Gzip] },
        FileRequests.Coding,
        Props.Create(() => new Forwarder(_disk)),
        readCached ?? LibC.ReadCached));

    private HttpResponse Ask(IActorRef handler, string method, string path)
    {
        handler.Tell(FileRequests.To(_connection, method, path), _connection);
        return _connection.ExpectMsg<HttpResponse>();
    }

    private void ExpectLeft(IActorRef handler, HttpRequest request)
    {
        handler.Tell(request, _connection);
        Assert.Same(request, _disk.ExpectMsg<HttpRequest>());
        Assert.Equal(_connection, _disk.LastSender);
        _connection.ExpectNoMsg(0);
    }

    private sealed class Forwarder(IActorRef to) : UntypedActor
    {
        protected override void OnReceive(object message) => to.Forward(message);
    }
}

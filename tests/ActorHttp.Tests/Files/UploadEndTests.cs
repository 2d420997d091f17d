using System.Globalization;
using System.Text;
using ActorHttp.Files;
using ActorHttp.Files.Disks;
using ActorHttp.Messages;
using ActorHttp.Tests.Connections;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Files;

/// <summary>
/// What befalls an upload or a deletion between its steps. Each step passes the disk's gate, so a test that holds the gate stops
/// the request before each of them. Whatever happens there: what the client was told and what is on the disk agree.
/// </summary>
public sealed class UploadEndTests : TestKit, IDisposable
{
    // More than any request has.
    private const int MostSteps = 12;

    private readonly TemporaryDirectory _files = new();
    private readonly ConnectionKit _kit;
    private readonly IActorRef _handler;
    private readonly TestProbe _holder;
    private readonly DiskSeat[] _seats;
    private readonly StringBuilder _written = new();
    private bool _isOver;

    public UploadEndTests()
        : base(TestSystem.Unserialized)
    {
        _handler = Sys.ActorOf(FilesActor.Props(_files.Path, FileRequests.Settings(), FileRequests.Coding), "files");
        _kit = new ConnectionKit(this, router: _ => Sys.ActorOf(Props.Create(() => new ToFiles(_handler))));
        _holder = CreateTestProbe();
        _seats = [.. Enumerable.Range(0, 3).Select(_ => new DiskSeat(DiskGates.Of(Sys).Writing, new DiskPlace(_files.Path, ["file"])))];
    }

    void IDisposable.Dispose()
    {
        base.Dispose();
        _files.Dispose();
    }

    public static TheoryData<string, int, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, string>();
            foreach (var method in new[] { "PUT", "DELETE" })
            {
                for (var step = 0; step < MostSteps; step++)
                {
                    foreach (var what in new[] { "nothing", "timeout", "leave", "connection", "writer", "transfer", "drain" })
                        cases.Add(method, step, what);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Whatever_happens_between_two_steps_the_answer_and_the_disk_agree(string method, int step, string what)
    {
        if (method == "DELETE")
            _files.Add("file", "old");
        foreach (var seat in _seats[..2])
            Assert.Equal(DiskEntry.Entered, seat.Enter(_holder.Ref, mayRefuse: false));
        _kit.Send(method == "PUT"
            ? "PUT /files/file HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\nContent-Length: 3\r\n\r\nabc"
            : "DELETE /files/file HTTP/1.1\r\nHost: a\r\n\r\n");
        AwaitStep();
        var steps = 0;
        for (; steps < step && !IsAnswered(); steps++)
            LetOneStepBeDone();

        // An upload is located, looked at, opened, appended to, ended, sealed and committed; a deletion located, claimed and done.
        if (steps < step)
            Assert.InRange(steps, method == "PUT" ? 7 : 3, MostSteps);
        Befall(what);
        foreach (var seat in _seats)
            seat.Leave();
        var status = Settle();
        var isDone = File.Exists(_files["file"]) == (method == "PUT");
        if (what == "nothing")
            Assert.InRange(status, 201, 204);
        if (status is 201 or 204)
            Assert.True(isDone, $"It was answered with {status}, and is not done.");
        if (status >= 400)
            Assert.False(isDone, $"It was answered with {status}, and is done.");
        Assert.DoesNotContain(_files.Entries, name => name.Contains("upload", StringComparison.Ordinal));
    }

    // A third seat waits in the line behind the request's next step, and enters when that is done, before the step after it.
    private void LetOneStepBeDone()
    {
        Assert.Equal(DiskEntry.Waits, _seats[2].Enter(_holder.Ref, mayRefuse: false));
        _seats[0].Leave();
        _holder.ExpectMsg<DiskTurn>(TimeSpan.FromSeconds(10));
        (_seats[0], _seats[2]) = (_seats[2], _seats[0]);
        AwaitStep();
    }

    // The next step waits for the gate, or there is none.
    private void AwaitStep() => AwaitAssert(
        () => Assert.True(DiskGates.Of(Sys).Writing.Waiting > 0 || IsAnswered()), TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(1));

    private bool IsAnswered()
    {
        while (_kit.Transport.HasMessages)
        {
            switch (_kit.Transport.ReceiveOne())
            {
                case Tcp.Write write:
                    _written.Append(Encoding.Latin1.GetString(write.Data.ToArray()));
                    break;
                case Tcp.CloseCommand:
                    _isOver = true;
                    break;
            }
        }

        return _isOver || _written.Length > 0;
    }

    private void Befall(string what)
    {
        switch (what)
        {
            case "timeout":
                _kit.Advance(20);
                break;
            case "leave":
                _kit.Tell(Tcp.Aborted.Instance);
                break;
            case "connection":
                _kit.Settle();
                _kit.Time.FailAfter(reads: 0);
                _kit.Tell(new InterimResponse(new Exchange(_kit.Connection, 1), 103, HttpHeaders.Empty));
                _kit.Tell(new HttpResponse(new Exchange(_kit.Connection, 2), 200, null!, ResponseBody.None));
                break;
            case "writer":
                foreach (var writer in Below(_handler).Where(child => child.Path.Name != "sweep" && Below(child).Any()))
                    writer.Tell(Kill.Instance);
                break;
            case "transfer":
                foreach (var transfer in Below(_handler).SelectMany(Below))
                    transfer.Tell(Kill.Instance);
                break;
            case "drain":
                _kit.Tell(ActorHttp.Connections.EndDrain.Instance);
                break;
        }
    }

    // The status that the client has read; 0 for none.
    private int Settle()
    {
        // Twice, with all that the handler was told taken in between: one child may just have handed on to the next.
        AwaitAssert(
            () =>
            {
                AssertIdle();
                _handler.Tell(new Identify(null), _holder.Ref);
                _holder.FishForMessage(message => message is ActorIdentity);
                AssertIdle();
            },
            TimeSpan.FromSeconds(10),
            TimeSpan.FromMilliseconds(2));
        _kit.Connection.Tell(new Identify(null), _holder.Ref);
        _holder.FishForMessage(message => message is ActorIdentity);
        return IsAnswered() && _written.Length > 0 ? int.Parse(_written.ToString().Split(' ')[1], CultureInfo.InvariantCulture) : 0;
    }

    private void AssertIdle() => Assert.All(Below(_handler), child => Assert.Equal("sweep", child.Path.Name));

    private static IEnumerable<IActorRef> Below(IActorRef actor) => actor is ActorRefWithCell cell ? cell.Children : [];

    private sealed class ToFiles(IActorRef files) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is HttpRequest request)
                files.Forward(request.Routed("file"));
        }
    }
}

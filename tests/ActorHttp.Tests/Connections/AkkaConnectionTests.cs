using System.Text;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.IO;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

// What a connection says to Akka.IO's actor, which only that transport has: the other tests say it for all transports.
public sealed class AkkaConnectionTests() : TestKit(TestSystem.Unserialized)
{
    private const string Close = "Connection: close\r\n";

    [Fact]
    public void A_connection_keeps_its_half_open_when_the_client_has_said_all()
    {
        var kit = new ConnectionKit(this);
        kit.Listener.Tell(new Tcp.Connected(ConnectionKit.Address, ConnectionKit.Address), TestActor);
        Assert.True(ExpectMsg<Tcp.Register>().KeepOpenOnPeerClosed);
    }

    [Fact]
    public void A_write_that_Akka_IO_refuses_resets_the_connection()
    {
        var kit = new ConnectionKit(this);
        kit.Answer(kit.Ask(Get("/")), "lost");
        kit.TellTransport(kit.Transport.ExpectMsg<Tcp.Write>().FailureMessage);
        kit.ExpectReset();
        kit.ExpectStopAfterEnd();
    }

    [Fact]
    public void A_connection_whose_socket_never_reports_its_end_stops_by_itself()
    {
        var kit = new ConnectionKit(this);
        kit.Answer(kit.Ask(Get("/", Close)), "bye");
        kit.ExpectWritten(Text("200 OK", "bye", Close));
        kit.ExpectClose();
        kit.Advance(5);
        kit.ExpectReset();
        kit.Time.Advance(TimeSpan.FromSeconds(5));
        kit.ExpectStop();
    }

    [Fact]
    public void A_full_window_stops_the_socket_and_a_half_empty_one_starts_it_again()
    {
        var kit = new ConnectionKit(this, "actor-http { limits.pipelining = 1, io.receive-window = 1KiB }");
        var open = kit.Ask(Get("/0"));
        var hundredBytes = Get("/", $"X: {new string('x', 68)}\r\n");
        Assert.Equal(100, hundredBytes.Length);
        for (var i = 0; i < 10; i++)
            kit.Send(hundredBytes);
        kit.ExpectNothing();
        kit.Send(hundredBytes);
        kit.Transport.ExpectMsg<Tcp.SuspendReading>();
        kit.Send(hundredBytes);
        kit.ExpectNothing();

        // The last of them stays with the transport. Half of the window is passed when six of the other eleven have gone.
        for (var i = 1; i <= 7; i++)
        {
            kit.Answer(open, "x");
            kit.ExpectWritten(Text("200 OK", "x"));
            open = kit.ExpectRequest();
            if (i == 6)
                kit.Transport.ExpectMsg<Tcp.ResumeReading>();
            kit.ExpectNothing();
        }
    }

    [Fact]
    public void What_was_suspended_stays_suspended_over_a_restart()
    {
        var kit = new ConnectionKit(this);
        var request = kit.Ask(Post("/", "Content-Length: 1000000\r\n", new string('x', 70_000)));
        kit.Transport.ExpectMsg<Tcp.SuspendReading>();
        var subscriber = new PoisonRef(CreateTestProbe().Ref);
        subscriber.ThrowOn<UnhandledMessage>();
        Sys.EventStream.Subscribe(subscriber, typeof(UnhandledMessage));
        kit.Tell("stray");
        kit.Transport.ExpectMsg<Tcp.SuspendReading>();
        Assert.Equal(64 * 1024, kit.Pull(request).ExpectMsg<BodyChunk>().Bytes.Length);
        kit.Transport.ExpectMsg<Tcp.ResumeReading>();
    }

    [Fact]
    public void What_is_ready_leaves_in_one_write()
    {
        var kit = new ConnectionKit(this);
        kit.Send(Get("/1") + Get("/2") + Get("/3"));
        kit.TellTogether(
            [.. Enumerable.Range(1, 3).Select(n => (object)HttpResponse.Text(kit.ExpectRequest($"/{n}").Exchange, 200, $"{n}"))]);
        Assert.Equal(Text("200 OK", "1") + Text("200 OK", "2") + Text("200 OK", "3"), kit.ExpectWrite());
        kit.ExpectNothing();
    }

    [Fact]
    public void An_acknowledgement_that_is_lost_in_a_restart_counts_once()
    {
        var kit = new ConnectionKit(this);
        kit.Send(Get("/1") + Get("/2") + Get("/3"));
        var (first, second, third) = (kit.ExpectRequest("/1"), kit.ExpectRequest("/2"), kit.ExpectRequest("/3"));
        kit.Answer(first, "one");
        var write = ExpectWrite(kit, "one");
        kit.Answer(second, "two");
        kit.Settle();

        // The second write is on its way when the clock fails.
        kit.Time.FailAfter(reads: 0);
        kit.TellTransport(write.Ack);
        write = ExpectWrite(kit, "two");
        kit.ExpectRestart();
        kit.Answer(third, "three");
        kit.ExpectNothing();
        kit.TellTransport(write.Ack);
        ExpectWrite(kit, "three");
    }

    [Fact]
    public void Each_write_has_its_own_time()
    {
        var kit = new ConnectionKit(this);
        kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (kit.ExpectRequest("/1"), kit.ExpectRequest("/2"));
        kit.Answer(first, "one");
        var write = ExpectWrite(kit, "one");
        kit.Answer(second, "two");
        kit.Advance(5);
        kit.TellTransport(write.Ack);
        write = ExpectWrite(kit, "two");
        kit.Advance(5);
        kit.ExpectNothing();
        kit.TellTransport(write.Ack);
        kit.ExpectNothing();
    }

    // A source may outlive many answers, and one that is still watched would be kept in each connection.
    [Fact]
    public void A_source_that_has_ended_its_body_is_watched_no_more()
    {
        var kit = new ConnectionKit(this);
        var request = kit.Ask(Get("/"));
        var source = new WatchedRef(CreateTestProbe().Ref);
        kit.Tell(new HttpResponse(request.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(source, 3)));
        kit.Tell(new BodyChunk(request.Exchange, "abc"u8.ToArray()));
        kit.ExpectWritten(Raw("200 OK", "", "Content-Length: 3\r\n", "abc"));
        kit.Settle();
        kit.Tell(new BodyEnd(request.Exchange));
        kit.Settle();
        Assert.Equal([typeof(Watch), typeof(Unwatch)], source.Heard);
    }

    private static Tcp.Write ExpectWrite(ConnectionKit kit, string text)
    {
        var write = kit.Transport.ExpectMsg<Tcp.Write>();
        Assert.Equal(Text("200 OK", text), Encoding.Latin1.GetString(write.Data.ToArray()));
        return write;
    }
}

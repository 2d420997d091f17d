using System.Net;
using System.Net.Sockets;
using ActorHttp.Sockets;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Sockets.Transports;

/// <summary>The transport on a real pair of sockets, with this test for its owner; however its socket is waited for.</summary>
public abstract class SocketTransportTests : TestKit
{
    private const int FrameSize = 1024;

    private readonly Socket _client;
    private readonly ITransport _transport;
    private readonly TestProbe _owner;
    private readonly ReactorPool _reactors;

    private protected SocketTransportTests(int reactors)
        : base(TestSystem.Config)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000 };
        _client.Connect(listener.LocalEndPoint!);
        var served = listener.Accept();
        served.Blocking = false;
        served.SendBufferSize = 16 * 1024;
        _reactors = new ReactorPool(reactors, TimeSpan.Zero, TimeSpan.FromDays(1), Log);
        _transport = _reactors.Take(new SocketOf(served), FrameSize);
        _owner = CreateTestProbe("owner");
        if (_transport.Open(_owner.Ref))
            return;

        // The first read is tried at once. The client has not sent anything yet.
        _owner.ExpectMsg<TransportReadable>();
        Assert.True(_transport.Read(1).IsEmpty);
        _transport.Wait();
    }

    protected override void AfterAll()
    {
        _transport.Release();
        _client.Dispose();
        _reactors.Dispose();
        base.AfterAll();
    }

    [Fact]
    public void What_comes_is_read_when_the_owner_takes_it_up()
    {
        Send("hello");
        ExpectReadable();
        Assert.Equal("hello", Read());
        Send("again");
        Assert.False(_owner.HasMessages, "nobody waits");
        _transport.Wait();
        ExpectReadable();
        Assert.Equal("again", Read());
    }

    [Fact]
    public void More_than_a_frame_comes_in_frames_and_none_is_lost()
    {
        Send(new string('a', FrameSize) + "b");
        ExpectReadable();
        var read = Read();
        while (read.Length < FrameSize + 1)
        {
            _transport.Wait();
            ExpectReadable();
            read += Read();
        }

        Assert.Equal(new string('a', FrameSize) + "b", read);
    }

    // A read stops at it, with bytes still behind; the byte itself is no part of the stream.
    [Fact]
    public void What_comes_behind_an_urgent_byte_is_read_as_well()
    {
        _transport.SuspendReading();
        Send("before");
        _client.Send("!"u8, SocketFlags.OutOfBand);
        Send("behind");
        _transport.ResumeReading();
        var read = "";
        while (read.Length < "beforebehind".Length)
        {
            ExpectReadable();
            read += Read();
            _transport.Wait();
        }

        Assert.Equal("beforebehind", read);
    }

    [Fact]
    public void Nothing_is_told_while_reading_is_suspended_but_what_was_already()
    {
        _transport.SuspendReading();
        Send("one");
        ExpectReadable();
        Assert.Equal("one", Read());
        Send("two");
        _transport.Wait();
        Assert.False(_owner.HasMessages);
        _transport.ResumeReading();
        ExpectReadable();
        Assert.Equal("two", Read());
    }

    [Fact]
    public void To_resume_twice_tells_once()
    {
        _transport.ResumeReading();
        _transport.ResumeReading();
        Send("one");
        ExpectReadable();
        Assert.Equal("one", Read());
        Assert.False(_owner.HasMessages);
    }

    [Fact]
    public void A_client_that_has_said_all_can_still_be_answered()
    {
        _client.Shutdown(SocketShutdown.Send);
        ExpectReadable();
        Assert.Equal("", Read());
        _owner.ExpectMsg<TransportPeerClosed>();
        Assert.Equal(0, Write("bye"));
        Assert.Equal("bye", Receive(3));
        _transport.ConfirmedClose();
        ExpectEnd(TransportEnd.Confirmed);
        Assert.Equal(0, _client.Receive(new byte[1]));
    }

    [Fact]
    public void A_confirmed_close_reads_on_until_the_client_closes()
    {
        Write("bye");
        _transport.ConfirmedClose();
        Assert.Equal("bye", Receive(3));
        Assert.Equal(0, _client.Receive(new byte[1]));
        Send("one more thing");
        ExpectReadable();
        Assert.Equal("one more thing", Read());
        _transport.Wait();
        _client.Dispose();
        ExpectReadable();
        Assert.Equal("", Read());
        ExpectEnd(TransportEnd.Confirmed);
        Assert.True(_transport.IsClosed);
    }

    [Fact]
    public void A_close_says_goodbye_at_once()
    {
        Write("bye");
        _transport.Close();

        // The wait for something to read may end as well.
        _owner.FishForMessage<TransportClosed>(closed => closed.How == TransportEnd.Closed);
        Assert.Equal("bye", Receive(3));
        Assert.Equal(0, _client.Receive(new byte[1]));
    }

    [Fact]
    public void A_close_over_unread_bytes_waits_for_the_client_rather_than_reset_it()
    {
        Send("unread");
        ExpectReadable();
        Write("bye");
        _transport.Close();
        Assert.Equal("bye", Receive(3));
        Assert.Equal(0, _client.Receive(new byte[1]));
        Assert.False(_transport.IsClosed);
        Assert.Equal("unread", Read());
        _client.Dispose();
        _transport.Wait();
        ExpectReadable();
        Assert.Equal("", Read());
        ExpectEnd(TransportEnd.Confirmed);
    }

    [Fact]
    public void An_abort_resets()
    {
        _transport.Abort();
        ExpectEnd(TransportEnd.Aborted);
        Assert.Equal(SocketError.ConnectionReset, Assert.Throws<SocketException>(() => _client.Receive(new byte[1])).SocketErrorCode);
    }

    [Fact]
    public void An_owner_that_goes_without_a_word_leaves_a_reset()
    {
        _transport.Release();
        Assert.Equal(SocketError.ConnectionReset, Assert.Throws<SocketException>(() => _client.Receive(new byte[1])).SocketErrorCode);
    }

    [Fact]
    public void A_reset_by_the_client_is_an_error_and_no_orderly_end()
    {
        _client.LingerState = new LingerOption(true, 0);
        _client.Dispose();
        ExpectReadable();
        Assert.Equal("", Read());
        ExpectEnd(TransportEnd.Broken);
        Assert.Equal("", Read());
        Assert.False(_owner.HasMessages);
    }

    [Fact]
    public void A_write_to_a_client_that_has_reset_is_an_error()
    {
        _client.LingerState = new LingerOption(true, 0);
        _client.Dispose();
        ExpectReadable();
        Write("nobody");
        ExpectEnd(TransportEnd.Broken);
        Assert.True(_transport.IsClosed);
        Assert.Equal(6, Write("nobody"));
    }

    [Fact]
    public void What_the_kernel_does_not_take_is_sent_when_it_does_and_each_step_is_told()
    {
        var body = TemporaryDirectory.Pattern(3_000_000);
        ArraySegment<byte>[] pieces = [new(body, 0, 10), new(body, 10, 2_000_000), new(body, 2_000_010, body.Length - 2_000_010)];
        var left = _transport.Write(pieces, body.Length);
        Assert.NotEqual(0, left);
        var read = new byte[body.Length];
        var reading = new Thread(() =>
        {
            for (var at = 0; at < read.Length;)
                at += _client.Receive(read.AsSpan(at));
        });
        reading.Start();
        while (left > 0)
        {
            Assert.Same(_transport, _owner.ExpectMsg<TransportWritable>().Transport);
            var before = left;
            left = _transport.WriteOn();
            Assert.InRange(left, 0, before - 1);
        }

        Assert.True(reading.Join(TimeSpan.FromSeconds(20)));
        Assert.True(body.AsSpan().SequenceEqual(read));
        Assert.Equal(0, Write("x"));
        Assert.Equal("x", Receive(1));
    }

    [Fact]
    public void What_the_client_has_not_acknowledged_is_known_where_the_system_says_it()
    {
        var body = new byte[3_000_000];
        Assert.Equal(0, _transport.Unacknowledged);
        var sent = body.Length - _transport.Write([new ArraySegment<byte>(body)], body.Length);
        var waiting = _transport.Unacknowledged;
        Assert.InRange(waiting, OperatingSystem.IsLinux() ? 1 : 0, sent);
        Receive(sent);
        Assert.True(SpinWait.SpinUntil(() => _transport.Unacknowledged == 0, TimeSpan.FromSeconds(20)), "it is acknowledged");
        _transport.Abort();
        Assert.Equal(0, _transport.Unacknowledged);
    }

    [Fact]
    public void A_body_is_read_in_larger_pieces_than_a_frame_when_the_owner_says_so()
    {
        Send(new string('a', FrameSize * 4));
        ExpectReadable();
        var read = 0;
        while (read < FrameSize * 4)
        {
            var count = _transport.Read(FrameSize * 3).Length;
            Assert.InRange(count, 0, FrameSize * 3);
            read += count;
            _transport.Wait();
            if (read < FrameSize * 4)
                ExpectReadable();
        }

        Send("next");
        ExpectReadable();
        Assert.Equal("next", Read());
    }

    [Fact]
    public void A_client_that_goes_in_the_middle_of_a_write_is_an_error()
    {
        var body = new byte[3_000_000];
        Assert.NotEqual(0, _transport.Write([new ArraySegment<byte>(body)], body.Length));
        _client.LingerState = new LingerOption(true, 0);
        _client.Dispose();

        // Each word is answered, as its owner does: the kernel may take a frame more before it hears of the reset.
        _owner.FishForMessage<object>(message =>
        {
            if (message is TransportWritable)
                _transport.WriteOn();
            else if (message is TransportReadable)
                _transport.Read(FrameSize);
            return message is TransportClosed { How: TransportEnd.Broken };
        });
    }

    private void Send(string text) => Assert.Equal(text.Length, _client.Send(System.Text.Encoding.ASCII.GetBytes(text)));

    private void ExpectReadable() => Assert.Same(_transport, _owner.ExpectMsg<TransportReadable>().Transport);

    private void ExpectEnd(TransportEnd how) => Assert.Equal(how, _owner.ExpectMsg<TransportClosed>().How);

    private string Read() => System.Text.Encoding.ASCII.GetString(_transport.Read(FrameSize).Span);

    private int Write(string text) => _transport.Write([new ArraySegment<byte>(System.Text.Encoding.ASCII.GetBytes(text))], text.Length);

    private string Receive(int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
            at += _client.Receive(bytes.AsSpan(at));
        return System.Text.Encoding.ASCII.GetString(bytes);
    }
}

using ActorHttp.Buffers;
using ActorHttp.Connections;
using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Server;

/// <summary>
/// The listener's order to refuse a new connection with 503. The reason is one line. While a server ends, this order may reach
/// no actor. Then Akka.IO closes the socket, or the garbage collector closes the socket's handle.
/// </summary>
internal sealed record Refuse(ITransport Transport, string Reason) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Refuses the connections for which one listener has no room. Each connection gets 503 with Retry-After and is then closed,
/// whatever the client sends. The actor parses no request and keeps one reference for each connection. So a refusal costs only
/// a small part of the cost of a served connection.
/// </summary>
internal sealed class RefusalActor(ServerContext server) : UntypedActor, IWithTimers
{
    private readonly ILoggingAdapter _log = Context.GetLogger();

    // The refused connections that are still open, and the queue of their deadlines in order. The actor reads from these
    // connections until the client has received the answer and has closed.
    private readonly HashSet<ITransport> _lingering = [];
    private readonly Queue<(ITransport Transport, TimeSpan Deadline)> _deadlines = new();

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ServerContext server) => Akka.Actor.Props.Create(typeof(RefusalActor), server).WithDeploy(Deploy.Local);

    private TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    // Resets all refused connections. The new actor object after the restart would have no list of these connections, and so
    // would never end the connections.
    protected override void PreRestart(Exception reason, object message) => AbortAll();

    protected override void PostStop() => AbortAll();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Refuse refuse:
                OnRefuse(refuse);
                break;
            case TransportReadable readable:
                OnReadable(readable.Transport);
                break;
            case TransportWritable writable:
                writable.Transport.WriteOn();
                break;
            case TransportClosed closed:
                _lingering.Remove(closed.Transport);
                break;
            case TransportPeerClosed:
                break;
            case DeadlineCheck:
                AbortOverdue();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnRefuse(Refuse refuse)
    {
        var transport = refuse.Transport;
        if (_lingering.Count >= server.Settings.Limits.Refusals && !EndLongest())
        {
            _log.Debug("Resetting a connection: too many that were refused are still open");
            transport.Abort();
            return;
        }

        _lingering.Add(transport);
        transport.Open(Self);
        Write(transport, refuse.Reason);
        transport.ConfirmedClose();
        _deadlines.Enqueue((transport, Now + server.Settings.Timeouts.Linger));
        if (_deadlines.Count == 1)
            SetTimer();
    }

    // Resets the connection that was refused first, if its client has had enough time to read the answer. Returns whether a
    // connection was reset.
    private bool EndLongest()
    {
        var times = server.Settings.Timeouts;
        while (_deadlines.TryPeek(out var first))
        {
            var isOpen = _lingering.Contains(first.Transport);
            if (isOpen && Now < first.Deadline - times.Linger + times.DrainGrace)
                return false;
            _deadlines.Dequeue();
            if (!isOpen)
                continue;
            _lingering.Remove(first.Transport);
            first.Transport.Abort();
            return true;
        }

        return false;
    }

    // Discards the bytes that the client sends, until the client has received the end of the answer.
    private void OnReadable(ITransport transport)
    {
        transport.Read(server.Settings.Io.FrameSize);
        transport.Wait();
    }

    private void AbortAll()
    {
        foreach (var transport in _lingering)
            transport.Abort();
    }

    private void Write(ITransport transport, string reason)
    {
        var output = new OutputBuffer();
        var response = HttpResponse.Unavailable(new Exchange(ActorRefs.Nobody, 0), reason, server.Settings.Limits.RetryAfter);
        var framing = ResponseFraming.Of(RequestMethod.Get, HttpVersion.Http11, keepAlive: false, response.Status, response.Body.Length);
        ResponseWriter.WriteHead(output, HttpVersion.Http11, response.Status, response.Headers, framing, server.Date.Current);
        output.Write(response.Body.Bytes.Span);
        var length = output.Count;
        if (transport.Write(output.Take(), length) == 0)
            output.Release();
        else
            output.Abandon();
    }

    private void AbortOverdue()
    {
        while (_deadlines.TryPeek(out var first) && (first.Deadline <= Now || !_lingering.Contains(first.Transport)))
        {
            _deadlines.Dequeue();
            if (_lingering.Remove(first.Transport))
                first.Transport.Abort();
        }

        if (_deadlines.Count > 0)
            SetTimer();
    }

    private void SetTimer()
    {
        var delay = _deadlines.Peek().Deadline - Now;
        Timers.StartSingleTimer(DeadlineCheck.Instance, DeadlineCheck.Instance, delay > TimeSpan.Zero ? delay : TimeSpan.Zero);
    }
}

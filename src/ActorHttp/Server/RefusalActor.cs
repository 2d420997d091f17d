using ActorHttp.Buffers;
using ActorHttp.Connections;
using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Server;

/// <summary>
/// The listener's order to refuse a new connection with 503 and this reason, one line. When a server ends, the order may reach no actor:
/// then Akka.IO closes the socket, or the garbage collector closes its handle.
/// </summary>
internal sealed record Refuse(ITransport Transport, string Reason) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Refuses the connections of one listener that there is no room for: 503, Retry-After and a close, whatever the client sends. It parses
/// nothing and keeps one reference for each connection, so a refusal costs a small part of what serving would cost.
/// </summary>
internal sealed class RefusalActor(ServerContext server) : UntypedActor, IWithTimers
{
    private readonly ILoggingAdapter _log = Context.GetLogger();

    // The refused connections. They are read until the client has seen the answer and closed. The queue has their deadlines, in order.
    private readonly HashSet<ITransport> _lingering = [];
    private readonly Queue<(ITransport Transport, TimeSpan Deadline)> _deadlines = new();

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ServerContext server) => Akka.Actor.Props.Create(typeof(RefusalActor), server).WithDeploy(Deploy.Local);

    private TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    // The next instance does not know these connections, and would never end them.
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

    // Resets the connection that was refused first, if its client has had the time to read the answer. Returns whether it did.
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

    // Throws away the bytes that the client sends, until it has seen the end of the answer.
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

using ActorHttp.Buffers;
using ActorHttp.Protocol.Http1;
using ActorHttp.Sockets;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>How far the end of a connection has come.</summary>
internal enum Ending
{
    /// <summary>It is not ending.</summary>
    Open,

    /// <summary>What is in the output is the last; then the socket is closed.</summary>
    Finishing,

    /// <summary>The socket has been told to close; what still comes in is thrown away.</summary>
    Closing,

    /// <summary>The socket has been told to reset.</summary>
    Aborting,
}

/// <summary>
/// The byte stream of one HTTP/1 connection: what came in, what goes out, and the exchanges between. It is handed to the
/// connection actor by its Props, so that a restart of the actor loses none of it.
/// </summary>
internal sealed class Wire(ITransport transport, ServerContext server)
{
    /// <summary>A value of <see cref="SpareSince"/>: the connection is in use.</summary>
    public const long NotSpare = long.MaxValue;

    private long _spareSince = NotSpare;

    public ITransport Transport { get; } = transport;

    public ServerContext Server { get; } = server;

    public RequestReader Reader { get; } = new(server.Settings.Reader);

    public ReceivedBytes Input { get; } = new();

    /// <summary>Whether there is nothing of a next request yet.</summary>
    public bool IsBeforeRequest => Reader.IsBeforeRequest && Input.Count == 0;

    /// <summary>How many requests are open: being received, being handled, or with an answer that the socket has not taken.</summary>
    public int OpenRequests => Ending > Ending.Finishing ? 0
        : Pipeline.Count > 0 ? Pipeline.Count
        : InFlight > 0 || !Output.IsEmpty || !IsBeforeRequest ? 1 : 0;

    public Pipeline<Slot> Pipeline { get; } = new(server.Settings.Limits.Pipelining);

    public OutputBuffer Output { get; } = new();

    public long LastNumber { get; set; }

    /// <summary>The exchange whose body the reader stands in; always the last of the pipeline, or one already answered.</summary>
    public Slot? BodySlot { get; set; }

    /// <summary>The time that the client still has for the body which the reader stands in.</summary>
    public BodyCredit BodyCredit { get; } = new();

    /// <summary>Bytes thrown away of a body that its handler did not read; null when none is.</summary>
    public int? Discarded { get; set; }

    /// <summary>Whether no further request will be read, because one said that it is the last.</summary>
    public bool TakesNoMore { get; set; }

    /// <summary>Whether nothing at all is read any more: nobody knows what the next byte would mean.</summary>
    public bool IsStreamLost { get; set; }

    public bool IsPeerClosed { get; set; }

    public bool IsDraining { get; set; }

    public bool IsReadingSuspended { get; set; }

    /// <summary>What the socket has not taken of the last write, in bytes; 0 when it has all.</summary>
    public int InFlight { get; set; }

    /// <summary>How much of it the socket takes next, in bytes.</summary>
    public int NextStep => Math.Min(InFlight, Server.Settings.Io.FrameSize);

    /// <summary>How many writes, and steps of writes, there have been: tells one wait for the socket from the next.</summary>
    public long Writes { get; set; }

    public Ending Ending { get; set; }

    /// <summary>When it has lingered for long enough, whatever the client still sends.</summary>
    public TimeSpan LingerEnd { get; set; }

    /// <summary>
    /// The time, in ticks of the monotonic clock, since when the connection has been idle or has only lingered;
    /// <see cref="NotSpare"/> when neither. The listener reads it from another thread, when it looks for a connection to close.
    /// </summary>
    public long SpareSince
    {
        get => Volatile.Read(ref _spareSince);
        set => Volatile.Write(ref _spareSince, value);
    }

    /// <summary>
    /// Set while the stream is being changed: an exception that finds it set has left the stream in an unknown place.
    /// </summary>
    public bool IsDirty { get; set; }

    /// <summary>The handlers that want to know when their exchange ends without their answer, by its number; null when none has asked.</summary>
    public Dictionary<long, IActorRef>? Followers { get; set; }

    /// <summary>What a restarted actor has to do first.</summary>
    public Recovery Recovery { get; set; }

    /// <summary>The exchange that <see cref="Recovery"/> is about.</summary>
    public long RecoveryNumber { get; set; }
}

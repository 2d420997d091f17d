using System.Buffers;
using System.Globalization;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Handlers;

/// <summary>
/// Failures on demand, for a person with curl: <c>/_fault/handler</c> throws; <c>/_fault/connection</c> gives its connection
/// an answer that it fails on, <c>?at=body</c> when the head is out already; <c>/_fault/slow?ms=</c> answers that much later.
/// <c>/_fault/actors</c> counts the actors of the server, to see that none is left behind, and <c>/_fault/allocated</c> the
/// bytes that the process has allocated, to see what a request costs. Nothing in the server knows of it: what it does any faulty
/// handler could.
/// </summary>
internal sealed class FaultActor : HttpHandlerActor, IWithTimers
{
    // As long as a timer can be set for, in milliseconds.
    private const int Longest = int.MaxValue;

    public FaultActor() => Receive<HttpResponse>(Reply);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void OnRequest(HttpRequest request)
    {
        switch (request.RouteParameter)
        {
            case "handler":
                throw new InvalidOperationException("This failure was asked for.");
            case "connection" when request.Target.Query == "at=body":
                var source = Context.ActorOf(Props.Create(typeof(BrokenSource), request.Exchange));
                Reply(new HttpResponse(request.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(source)));
                break;
            case "connection":
                Reply(new HttpResponse(request.Exchange, 200, null!, ResponseBody.None));
                break;
            case "actors":
                Reply(HttpResponse.Text(request.Exchange, 200, $"{Count(Context.Parent.Path.Parent)}\n"));
                break;
            case "allocated":
                // Precise: threads that hold a part of the heap to allocate from have not counted it yet.
                Reply(HttpResponse.Text(request.Exchange, 200, $"{GC.GetTotalAllocatedBytes(precise: true)}\n"));
                break;
            case "slow" when Delay(request.Target.Query) is { } delay:
                var late = HttpResponse.Text(request.Exchange, 200, $"after {delay} ms\n");
                Timers.StartSingleTimer(request.Exchange, late, TimeSpan.FromMilliseconds(delay));
                break;
            case "slow":
                Reply(HttpResponse.Error(request.Exchange, 400, $"Say how slow: /_fault/slow?ms=, from 0 to {Longest}."));
                break;
            default:
                Reply(HttpResponse.Error(request.Exchange, 404, "There are /_fault/handler, /_fault/connection, /_fault/connection?at=body, /_fault/slow?ms=, /_fault/actors and /_fault/allocated."));
                break;
        }
    }

    // At this moment, itself included; the connection that asks too.
    private static int Count(ActorPath server)
    {
        var root = ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(server);
        return Count(root);
    }

    private static int Count(IActorRef actor) => actor is ActorRefWithCell cell ? 1 + cell.Children.Sum(Count) : 1;

    private static int? Delay(string? query) =>
        query is not null
        && query.StartsWith("ms=", StringComparison.Ordinal)
        && int.TryParse(query.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out var delay)
            ? delay
            : null;

    /// <summary>Sends one part, and then one whose bytes cannot be had.</summary>
    private sealed class BrokenSource : ReceiveActor
    {
        private bool _hasBegun;

        public BrokenSource(Exchange exchange)
        {
            Receive<PullBody>(_ =>
            {
                Sender.Tell(new BodyChunk(exchange, _hasBegun ? new Unreadable().Memory : "the first part\n"u8.ToArray()));
                _hasBegun = true;
            });
            Receive<CancelBody>(_ => Context.Stop(Self));
        }
    }

    private sealed class Unreadable : MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(1);

        public override Span<byte> GetSpan() => throw new InvalidOperationException("This failure was asked for.");

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}

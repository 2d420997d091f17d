using System.Buffers;
using System.Globalization;
using ActorHttp.Handlers;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.ConsoleHost.Endpoints;

/// <summary>
/// Causes failures on request, for tests with curl. The path <c>/_fault/handler</c> throws. The path <c>/_fault/connection</c>
/// gives the connection an answer that makes the connection fail; with <c>?at=body</c> the connection fails after the head has
/// been sent. The path <c>/_fault/slow?ms=</c> answers after that many milliseconds. The path <c>/_fault/actors</c> returns the
/// number of actors of the server, so that tests find leaked actors. The path <c>/_fault/allocated</c> returns the number of
/// bytes that the process has allocated, so that tests can measure the cost of a request. The server contains no special code for
/// this handler: any faulty handler could cause the same failures.
/// </summary>
internal sealed class FaultActor : HttpHandlerActor, IWithTimers
{
    // The longest delay that a timer supports, in milliseconds.
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
                // With precise: false, the sum would omit the bytes in the current allocation contexts of the threads.
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
                Reply(
                    HttpResponse.Error(
                        request.Exchange,
                        404,
                        "There are /_fault/handler, /_fault/connection, /_fault/connection?at=body, /_fault/slow?ms=, "
                            + "/_fault/actors and /_fault/allocated."));
                break;
        }
    }

    // Returns the current number of actors of the server, including this actor and the connection of the current request.
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

    /// <summary>Sends one valid part, and then parts whose memory throws when it is read.</summary>
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

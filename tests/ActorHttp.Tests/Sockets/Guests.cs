using ActorHttp.Handlers;
using ActorHttp.Hosting;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>Handlers as somebody else would write them.</summary>
internal static class Guests
{
    public static void AddTo(ActorHttpBuilder http) => http
        .Route("/hello/{name}", Props.Create(() => new Greeter()))
        .Route("/crash", Props.Create(() => new Crasher()))
        .Route("/crash-late", Props.Create(() => new LateCrasher()))
        .Route("/patient", Props.Create(() => new Patient()), RequestMethod.Get, RequestMethod.Post)
        .Route("/deaf", Props.Create(() => new Deaf()), RequestMethod.Post)
        .Route("/length", Props.Create(() => new Measurer(false)), RequestMethod.Post)
        .Route("/progress", Props.Create(() => new Measurer(true)), RequestMethod.Post);

    /// <summary>A handler that answers what a test says; null is no answer.</summary>
    public static Props Answering(Func<HttpRequest, HttpResponse?> answer) => Props.Create(typeof(Answerer), answer);

    private sealed class Answerer(Func<HttpRequest, HttpResponse?> answer) : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request)
        {
            if (answer(request) is { } response)
                Reply(response);
        }
    }

    /// <summary>Answers at once.</summary>
    private sealed class Greeter : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request) =>
            Reply(HttpResponse.Text(request.Exchange, 200, $"Hello, {Uri.UnescapeDataString(request.RouteParameter)}!"));
    }

    /// <summary>Throws at every request.</summary>
    private sealed class Crasher : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request) => throw new InvalidOperationException("This handler always throws.");
    }

    /// <summary>Promises a streamed body, sends some of it, and dies.</summary>
    private sealed class LateCrasher : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request)
        {
            var source = Context.ActorOf(Props.Create(() => new DyingSource(request.Exchange)));
            Reply(new HttpResponse(request.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(source)));
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);
    }

    private sealed class DyingSource : ReceiveActor
    {
        private bool _hasSent;

        public DyingSource(Exchange exchange) => Receive<PullBody>(_ =>
        {
            if (_hasSent)
                throw new InvalidOperationException("This source dies after its first part.");
            _hasSent = true;
            Sender.Tell(new BodyChunk(exchange, "the first part"u8.ToArray()));
        });
    }

    /// <summary>
    /// Holds its requests, and never pulls a body, until it is told <c>answer</c>; then answers them, the last one first.
    /// </summary>
    private sealed class Patient : HttpHandlerActor
    {
        private readonly Stack<HttpRequest> _waiting = new();

        public Patient()
        {
            Receive<string>(word => word == "answer", _ =>
            {
                while (_waiting.TryPop(out var request))
                    Reply(HttpResponse.Text(request.Exchange, 200, $"at last {request.Exchange.Number}"));
            });
            Receive<string>(word => word == "count", _ => Sender.Tell(_waiting.Count));
        }

        protected override void OnRequest(HttpRequest request) => _waiting.Push(request);
    }

    /// <summary>Answers without a look at the body.</summary>
    private sealed class Deaf : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request) => Reply(HttpResponse.Text(request.Exchange, 200, "whatever"));
    }

    /// <summary>Reads a body to its end and answers how many bytes it had; one that reports says so all the way.</summary>
    private sealed class Measurer : HttpHandlerActor
    {
        private readonly Dictionary<Exchange, long> _lengths = [];
        private readonly bool _reports;

        public Measurer(bool reports = false)
        {
            _reports = reports;
            Receive<BodyChunk>(chunk =>
            {
                _lengths[chunk.Exchange] += chunk.Bytes.Length;
                Pull(chunk.Exchange);
            });
            Receive<BodyEnd>(end =>
            {
                _lengths.Remove(end.Exchange, out var length);
                Reply(HttpResponse.Text(end.Exchange, 200, $"{length}"));
            });
            Receive<BodyFailed>(failed => _lengths.Remove(failed.Exchange));
        }

        protected override void OnRequest(HttpRequest request)
        {
            _lengths[request.Exchange] = 0;
            Pull(request.Exchange);
        }

        private void Pull(Exchange exchange)
        {
            if (_reports)
            {
                exchange.Connection.Tell(
                    new InterimResponse(exchange, 104, HttpHeaders.Of(("Upload-Offset", $"{_lengths[exchange]}"))), Self);
            }

            exchange.Connection.Tell(new PullBody(exchange), Self);
        }
    }
}

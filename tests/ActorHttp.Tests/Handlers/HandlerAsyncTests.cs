using System.Collections.Concurrent;
using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Handlers;

public sealed class HandlerAsyncTests : TestKit
{
    private readonly Gates _gates = new();
    private readonly HandlerKit _kit;

    public HandlerAsyncTests()
        : base(TestSystem.Unserialized) => _kit = new HandlerKit(this, Props.Create(typeof(Waiting), _gates));

    [Fact]
    public void Many_requests_are_served_at_once_and_one_piece_of_code_runs_at_a_time()
    {
        var requests = Enumerable.Range(0, Waiting.Most).Select(i => _kit.Ask(RequestMethod.Get, $"{i}")).ToList();
        requests.ForEach(ExpectFollow);

        // All from threads of their own.
        Parallel.ForEach(requests, request => _gates.Open(request));
        var answers = requests.Select(_ => _kit.Connection.ExpectMsg<HttpResponse>()).ToDictionary(answer => answer.Exchange);
        requests.ForEach(
            request => Assert.Equal($"{request.RouteParameter} of {_kit.Handler.Path.Name}", HandlerKit.Text(answers[request.Exchange])));
        Assert.False(_gates.HasOverlapped);
    }

    [Fact]
    public void A_request_that_is_answered_at_once_is_not_followed()
    {
        _kit.ExpectAnswer(_kit.Ask(RequestMethod.Get, "at once"), 200);
        Assert.False(_kit.Connection.HasMessages);
    }

    [Theory]
    [InlineData("fail")]
    [InlineData("fail at once")]
    [InlineData("cancel itself")]
    public void A_task_that_fails_costs_its_own_request(string how)
    {
        var other = _kit.Ask(RequestMethod.Get, "other");
        ExpectFollow(other);
        var request = _kit.Ask(RequestMethod.Get, how);
        Assert.Equal((request.Exchange, 500), ExpectAnswer());
        _gates.Open(other);
        Assert.Equal((other.Exchange, 200), ExpectAnswer());
        Assert.Equal(1, _gates.Instances);
    }

    [Fact, Trait("RFC", "9110 §15.6.4")]
    public void One_request_more_than_may_be_in_progress_is_503()
    {
        var requests = Enumerable.Range(0, Waiting.Most).Select(i => _kit.Ask(RequestMethod.Get, $"{i}")).ToList();
        requests.ForEach(ExpectFollow);
        Assert.Equal("1", _kit.ExpectAnswer(_kit.Ask(RequestMethod.Get, "more"), 503).Headers["Retry-After"]);
        _gates.Open(requests[0]);
        _kit.ExpectAnswer(requests[0], 200);

        // It is counted until its task has ended, which the actor learns by a message.
        AwaitAssert(() =>
        {
            var next = _kit.Ask(RequestMethod.Get, "at once");
            _kit.ExpectAnswer(next, 200);
        });
    }

    [Fact]
    public void The_token_is_cancelled_when_the_connection_says_that_the_exchange_has_ended()
    {
        var request = _kit.Ask(RequestMethod.Get, "until cancelled");
        ExpectFollow(request);
        _kit.Handler.Tell(new ExchangeEnded(request.Exchange), _kit.Connection.Ref);
        Assert.Equal("ended until cancelled", ExpectMsg<string>());
        Assert.False(_kit.Connection.HasMessages);
    }

    [Fact]
    public void A_handler_that_is_rebuilt_cancels_what_its_instance_was_serving()
    {
        var request = _kit.Ask(RequestMethod.Get, "until cancelled");
        ExpectFollow(request);
        _kit.Handler.Tell("throw", TestActor);
        Assert.Equal((request.Exchange, 503), ExpectAnswer());
        Assert.Equal("ended until cancelled", ExpectMsg<string>());
        _kit.ExpectAnswer(_kit.Ask(RequestMethod.Get, "at once"), 200);
        Assert.Equal(2, _gates.Instances);
    }

    [Fact]
    public void A_handler_that_stops_cancels_what_it_was_serving_and_its_finally_blocks_run()
    {
        var request = _kit.Ask(RequestMethod.Get, "until cancelled");
        ExpectFollow(request);
        Sys.Stop(_kit.Handler);
        Assert.Equal((request.Exchange, 503), ExpectAnswer());
        Assert.Equal("ended until cancelled", ExpectMsg<string>());
    }

    [Fact]
    public void Reply_can_be_called_from_any_thread()
    {
        var request = _kit.Ask(RequestMethod.Get, "elsewhere");
        Assert.Equal((request.Exchange, 200), ExpectAnswer());
    }

    [Fact]
    public void A_failure_of_async_void_code_that_a_request_called_does_not_end_the_process()
    {
        var request = _kit.Ask(RequestMethod.Get, "async void");
        Assert.Equal((request.Exchange, 200), ExpectAnswer());
        AwaitCondition(() => _gates.Instances == 2);
        _kit.ExpectAnswer(_kit.Ask(RequestMethod.Get, "at once"), 200);
    }

    private void ExpectFollow(HttpRequest request) => Assert.Equal(request.Exchange, _kit.Connection.ExpectMsg<FollowExchange>().Exchange);

    private (Exchange Exchange, int Status) ExpectAnswer()
    {
        var answer = (HttpResponse)_kit.Connection.FishForMessage(message => message is HttpResponse);
        return (answer.Exchange, answer.Status);
    }

    /// <summary>What a test lets a handler wait for.</summary>
    public sealed class Gates
    {
        private readonly ConcurrentDictionary<Exchange, TaskCompletionSource> _gates = new();
        private int _instances;
        private int _inside;

        public int Instances => _instances;

        public bool HasOverlapped { get; private set; }

        public Task Of(HttpRequest request) => Gate(request).Task;

        public void Open(HttpRequest request) => Gate(request).SetResult();

        public void CountInstance() => Interlocked.Increment(ref _instances);

        /// <summary>Runs for long enough that another thread would come in between.</summary>
        public void BeAlone()
        {
            if (Interlocked.Increment(ref _inside) != 1)
                HasOverlapped = true;
            Thread.SpinWait(1000);
            Interlocked.Decrement(ref _inside);
        }

        private TaskCompletionSource Gate(HttpRequest request) =>
            _gates.GetOrAdd(request.Exchange, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    private sealed class Waiting : HttpHandlerActor
    {
        public const int Most = 50;

        private readonly Gates _gates;

        public Waiting(Gates gates)
        {
            _gates = gates;
            gates.CountInstance();
            Receive<string>(_ => throw new PoisonException());
        }

        protected override int MaxConcurrentRequests => Most;

        protected override async Task OnRequestAsync(HttpRequest request, CancellationToken cancellationToken)
        {
            var (parameter, sender) = (request.RouteParameter, Sender);
            switch (parameter)
            {
                case "at once":
                    break;
                case "fail at once":
                    throw new PoisonException();
                case "fail":
                    await Task.Yield();
                    throw new PoisonException();
                case "cancel itself":
                    await Task.Delay(TimeSpan.FromMinutes(1), new CancellationToken(canceled: true));
                    break;
                case "until cancelled":
                    try
                    {
                        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                    }
                    finally
                    {
                        sender.Tell($"ended {parameter}");
                    }

                    break;
                case "elsewhere":
                    await Task.Run(() => Reply(HttpResponse.Text(request.Exchange, 200, "x")), cancellationToken).ConfigureAwait(false);
                    return;
                case "async void":
                    FailLater();
                    break;
                default:
                    _gates.BeAlone();
                    await _gates.Of(request);
                    _gates.BeAlone();
                    Assert.Equal(sender, Sender);
                    break;
            }

            Reply(HttpResponse.Text(request.Exchange, 200, $"{parameter} of {Context.Self.Path.Name}"));
        }

        private static async void FailLater()
        {
            await Task.Yield();
            throw new PoisonException();
        }
    }
}

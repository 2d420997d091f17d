using ActorHttp.Messages;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers;

// The part of the class for asynchronous handlers, which answer a request after an await. The actor serves many asynchronous
// requests at the same time. Only one method of the actor runs at a time, because each continuation is a message to the actor.
public abstract partial class HttpHandlerActor
{
    private Dictionary<Exchange, Running>? _running;
    private TimeSpan? _retryAfter;

    /// <summary>
    /// The maximum number of requests in progress in <see cref="OnRequestAsync"/>. The actor answers a request above this limit
    /// with 503 and Retry-After. The requests in the mailbox have a separate limit, <c>actor-http.limits.handler-queue</c>.
    /// </summary>
    protected virtual int MaxConcurrentRequests => 1024;

    /// <summary>
    /// Answers a request with asynchronous code. While the code for this request awaits, the actor starts further requests, up to
    /// <see cref="MaxConcurrentRequests"/>.
    /// </summary>
    /// <remarks>
    /// <para>
    /// The code after an <c>await</c> runs in the actor, one piece at a time. So fields need no locks, and the code may use
    /// <c>Context</c>, <c>Self</c> and <c>Sender</c>. Other requests run during an await, so a field can have another value after
    /// the await. Code after <c>ConfigureAwait(false)</c> and code in <c>Task.Run</c> runs outside the actor. Outside the actor
    /// only <see cref="Reply"/> and <c>Tell</c> are safe.
    /// </para>
    /// <para>
    /// A failed task affects its own request only: the client receives 500. The handler is not rebuilt, because other requests
    /// use the same instance. Never block on a task (<c>Result</c>, <c>Wait</c>): the actor would deadlock. A handler must not
    /// have <c>async void</c> methods, because no request can be found for the failure of such a method.
    /// </para>
    /// </remarks>
    /// <param name="request">The request. The handler can pull its body, if any, from <see cref="Exchange.Connection"/>.</param>
    /// <param name="cancellationToken">
    /// A token that is cancelled when the client no longer waits for this answer. The first possible reason is that the
    /// connection has ended. The second is that the handler timeout has passed and the connection has answered 503. The third is
    /// that the handler stops or is rebuilt, and has answered 503.
    /// </param>
    protected virtual Task OnRequestAsync(HttpRequest request, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{GetType()} does not override OnRequestAsync.");

    private void BeginRequest(HttpRequest request)
    {
        _running ??= [];
        if (_running.Count >= MaxConcurrentRequests)
        {
            ReplyUnavailable(request.Exchange, "The handler of this route has too many requests in progress.");
            return;
        }

        var running = new Running(request, new ActorTurns(_self, Sender));
        _running[request.Exchange] = running;
        var task = running.Turns.Run(() =>
        {
            try
            {
                return OnRequestAsync(request, running.Cancellation.Token);
            }
            catch (Exception e)
            {
                return Task.FromException(e);
            }
        });
        if (task.IsCompleted)
        {
            EndRequest(running, task);
            return;
        }

        request.Exchange.Connection.Tell(new FollowExchange(request.Exchange), _self);
        var self = _self;
        _ = task.ContinueWith(
            ended => self.Tell(new RequestDone(running, ended), ActorRefs.NoSender),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    // Returns false for a message that does not belong to a request in progress.
    private bool TryContinueRequest(object message)
    {
        switch (message)
        {
            case ActorTurn turn:
                turn.Run();
                return true;
            case RequestDone done:
                EndRequest(done.Running, done.Task);
                return true;
            case ExchangeEnded ended:
                if (_running is not null && _running.TryGetValue(ended.Exchange, out var running))
                    Cancel(running);
                return true;
            default:
                return false;
        }
    }

    private void EndRequest(Running running, Task task)
    {
        // False when the handler was rebuilt while this request was in progress. The old instance has already answered the
        // request with 503.
        var isOurs = _running is not null && _running.TryGetValue(running.Request.Exchange, out var ours) && ReferenceEquals(ours, running);
        if (isOurs)
            _running!.Remove(running.Request.Exchange);
        var failure = task.IsFaulted
            ? task.Exception.InnerException ?? task.Exception
            : task.IsCanceled
            ? new TaskCanceledException(task)
            : null;
        if (failure is null || (failure is OperationCanceledException && running.Cancellation.IsCancellationRequested))
            return;
        LogFailure(running.Request, failure);
        if (isOurs)
            AnswerFailure(running.Request, failure);
    }

    private void CancelRequests(string reason)
    {
        if (_running is null)
            return;
        var all = _running.Values.ToList();
        _running.Clear();
        foreach (var running in all)
        {
            ReplyUnavailable(running.Request.Exchange, reason);
            Cancel(running);
        }
    }

    private void Cancel(Running running)
    {
        try
        {
            running.Turns.Run(() =>
            {
                running.Cancellation.Cancel();
                return Task.CompletedTask;
            });
        }
        catch (AggregateException e)
        {
            // A callback that the handler registered with the token has thrown. Only logs the exception, so that the cancellation
            // of the other requests continues.
            LogFailure(running.Request, e.InnerException ?? e);
        }
    }

    private void ReplyUnavailable(Exchange exchange, string reason)
    {
        _retryAfter ??= ActorHttpSettings.From(Context.System.Settings.Config).Limits.RetryAfter;
        Reply(HttpResponse.Unavailable(exchange, reason, _retryAfter.Value));
    }

    private sealed class Running(HttpRequest request, ActorTurns turns)
    {
        public HttpRequest Request { get; } = request;

        public ActorTurns Turns { get; } = turns;

        // Never disposed, because the code of the handler may still use the token. A CancellationTokenSource without a timer has
        // no resources to release.
        public CancellationTokenSource Cancellation { get; } = new();
    }

    private sealed record RequestDone(Running Running, Task Task) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
}

using ActorHttp.Messages;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers;

// Requests that are answered behind an await. The actor serves many of them at once, but only one of its methods runs at a
// time: what follows an await is a message to the actor itself.
public abstract partial class HttpHandlerActor
{
    private Dictionary<Exchange, Running>? _running;
    private TimeSpan? _retryAfter;

    /// <summary>
    /// How many requests <see cref="OnRequestAsync"/> may be serving at once. One more is answered 503 with Retry-After.
    /// <c>actor-http.limits.handler-queue</c> bounds what waits in the mailbox; this bounds what is in progress.
    /// </summary>
    protected virtual int MaxConcurrentRequests => 1024;

    /// <summary>
    /// Answers a request that has to wait for something. The actor takes the next request while this one waits, up to
    /// <see cref="MaxConcurrentRequests"/>.
    /// </summary>
    /// <remarks>
    /// <para>
    /// The code behind an <c>await</c> runs in the actor, one piece at a time. So fields are safe without locks, and
    /// <c>Context</c>, <c>Self</c> and <c>Sender</c> can be used. Other requests run while this one waits: what was read from
    /// a field before an await can be different behind it. Behind <c>ConfigureAwait(false)</c> and in <c>Task.Run</c> none of
    /// that holds: there only <see cref="Reply"/> and <c>Tell</c> are safe.
    /// </para>
    /// <para>
    /// A task that fails costs its own request: the client reads 500, and the handler is not rebuilt, because other requests
    /// use the same instance. Never block on a task (<c>Result</c>, <c>Wait</c>): the actor would wait for itself. A method that
    /// is <c>async void</c> must not be used anywhere in a handler, because nothing can answer for it when it fails.
    /// </para>
    /// </remarks>
    /// <param name="request">The request; its body, if any, waits to be pulled from <see cref="Exchange.Connection"/>.</param>
    /// <param name="cancellationToken">
    /// Cancelled when nobody waits for the answer any more: the client has left, the connection has answered 503 because it took
    /// too long, or the handler stops or is rebuilt (the client then reads 503).
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

    // False when the message has nothing to do with requests in progress.
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
        // Another instance's, when the handler was rebuilt meanwhile. That has been answered.
        var isOurs = _running is not null && _running.TryGetValue(running.Request.Exchange, out var ours) && ReferenceEquals(ours, running);
        if (isOurs)
            _running!.Remove(running.Request.Exchange);
        var failure = task.IsFaulted ? task.Exception.InnerException ?? task.Exception : task.IsCanceled ? new TaskCanceledException(task) : null;
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
            // What the handler registered with the token has thrown. The others are cancelled all the same.
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

        // Not disposed: the handler's code may still hold the token, and without a timer there is nothing to release.
        public CancellationTokenSource Cancellation { get; } = new();
    }

    private sealed record RequestDone(Running Running, Task Task) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
}

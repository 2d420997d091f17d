using ActorHttp.Messages;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers;

/// <summary>
/// The base of an actor that answers requests. Override <see cref="OnRequest"/>, and call <see cref="Reply"/> once for
/// each request, there or later. When it throws, supervision restarts the actor and the request that it had in hand is
/// answered with 500; the connection lives on.
/// </summary>
public abstract class HttpHandlerActor : ReceiveActor
{
    private object? _failedOn;

    /// <summary>Receives requests; derived constructors may add further messages.</summary>
    protected HttpHandlerActor() => Receive<HttpRequest>(OnRequest);

    /// <summary>Answers a request. Nothing in here may block: hand long work to another actor, or take the blocking dispatcher.</summary>
    /// <param name="request">The request; its body, if any, waits to be pulled from <see cref="Exchange.Connection"/>.</param>
    protected abstract void OnRequest(HttpRequest request);

    /// <summary>Sends an answer to the connection that waits for it.</summary>
    protected void Reply(HttpResponse response) => response.Exchange.Connection.Tell(response, Self);

    /// <inheritdoc/>
    protected override bool AroundReceive(Receive receive, object message)
    {
        try
        {
            return base.AroundReceive(receive, message);
        }
        catch (Exception e) when (AnswerFailure(message, e))
        {
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void PreRestart(Exception reason, object message)
    {
        // What failed behind an await (ReceiveAsync) did not pass through AroundReceive.
        if (!ReferenceEquals(message, _failedOn))
            AnswerFailure(message, reason);
        base.PreRestart(reason, message);
    }

    // A filter, not a catch: supervision gets the exception untouched, and the client its answer even when supervision
    // decides to stop us, which PreRestart would not see.
    private bool AnswerFailure(object message, Exception reason)
    {
        _failedOn = message;

        // Supervision logs the exception, but knows no request.
        if (message is HttpRequest request)
            Context.GetLogger().Error("{0} {1} failed: {2}", request.Method, request.Target, reason.Message);
        if (message is IExchangeMessage about)
            Reply(HttpResponse.Error(about.Exchange, 500, "The handler of this request failed."));
        return false;
    }
}

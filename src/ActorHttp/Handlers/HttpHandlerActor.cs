using System.Runtime.CompilerServices;
using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Event;

namespace ActorHttp.Handlers;

/// <summary>
/// The base of an actor that answers requests. Override either <see cref="OnRequest"/> or <see cref="OnRequestAsync"/>, and
/// call <see cref="Reply"/> once for each request, there or later.
/// </summary>
/// <remarks>
/// <para>
/// An exception costs one request: the client reads 500, and the handler is rebuilt. A new instance is made from the same
/// Props, so that all that a constructor builds is new. The reference, the mailbox and the children stay. No number of
/// failures puts a handler out of service.
/// </para>
/// <para>
/// Akka's own restart would stop or restart the children, and so end the bodies that they carry for other clients. Therefore
/// the rebuilding happens inside the actor: <c>PreRestart</c> of the old instance, the constructor, then <c>PostRestart</c> of
/// the new one. Nothing is suspended. A child that a constructor makes must be looked up first, or its name is taken: use
/// <see cref="FindOrCreateChild"/>. Children without a name that a constructor or <c>PreStart</c> made are stopped.
/// </para>
/// <para>
/// A constructor that throws is a handler that cannot be created: its parent stops it and creates it anew, with
/// growing pauses (<c>actor-http.supervision</c>). Its routes answer 503 until then.
/// </para>
/// </remarks>
public abstract partial class HttpHandlerActor : ReceiveActor
{
    // UnbecomeStacked does nothing when only the first behaviour is left, and nothing tells how many there are.
    private const int DeepestBehaviour = 100;

    private readonly IActorRef _self = Context.Self;

    // The instance that Akka knows: this one, or the one that this one was rebuilt from.
    private HttpHandlerActor _first;

    // What has taken this instance's place. Only the first instance has one.
    private HttpHandlerActor? _successor;

    // Set when no instance could be made any more; PostStop must not run twice.
    private bool _isOver;
    private object? _failedOn;
    private HashSet<IActorRef> _unnamedChildren = [];

    /// <summary>Receives requests; derived constructors may add further messages.</summary>
    /// <exception cref="InvalidOperationException">
    /// The class does not override exactly one of <see cref="OnRequest"/> and <see cref="OnRequestAsync"/>, or its
    /// <see cref="OnRequest"/> is <c>async void</c>.
    /// </exception>
    protected HttpHandlerActor()
    {
        _first = this;
        if (IsAsync())
            Receive<HttpRequest>(BeginRequest);
        else
            Receive<HttpRequest>(OnRequest);
    }

    /// <summary>Whether the actor rebuilds itself after a failure. If not, its parent decides as Akka has it.</summary>
    private protected virtual bool RebuildsItself => true;

    /// <summary>Answers a request. Nothing in here may block: hand long work to another actor, or override <see cref="OnRequestAsync"/>.</summary>
    /// <param name="request">The request; its body, if any, waits to be pulled from <see cref="Exchange.Connection"/>.</param>
    protected virtual void OnRequest(HttpRequest request) =>
        throw new NotSupportedException($"{GetType()} does not override OnRequest.");

    /// <summary>Sends an answer to the connection that waits for it. Can be called from any thread.</summary>
    protected void Reply(HttpResponse response) => response.Exchange.Connection.Tell(response, _self);

    /// <summary>
    /// The child of this name; it is created when there is none. For constructors and <c>PreStart</c>: after a failure they run
    /// again, and the children are still there.
    /// </summary>
    /// <param name="name">The child's name below this actor.</param>
    /// <param name="child">How to create the child.</param>
    protected static IActorRef FindOrCreateChild(string name, Props child)
    {
        var there = Context.Child(name);
        return there.IsNobody() ? Context.ActorOf(child, name) : there;
    }

    /// <inheritdoc/>
    protected sealed override bool AroundReceive(Receive receive, object message)
    {
        if (_successor is { } successor)
        {
            // The first instance's own behaviour stays at the bottom of Akka's stack.
            return successor.AroundReceive(ReferenceEquals(receive.Target, this) ? successor.Receive : receive, message);
        }

        if (!Admits(message))
            return true;
        try
        {
            var handled = TryContinueRequest(message);
            if (!handled)
            {
                if (message is RebuildHandler rebuild)
                {
                    if (!ReferenceEquals(rebuild.Message, _failedOn))
                        AnswerFailure(rebuild.Message, rebuild.Reason);
                    Rebuild(rebuild.Reason, rebuild.Message);
                    return true;
                }

                handled = base.AroundReceive(receive, message);
            }

            return handled;
        }
        catch (Exception e) when (e is not HandlerNotRebuiltException)
        {
            AnswerFailure(message, e);
            if (!RebuildsItself)
                throw;
            LogFailure(message, e);
            Rebuild(e, message);
            return true;
        }
        finally
        {
            AfterReceive();
        }
    }

    /// <summary>Whether a message may be taken now. If not, the actor has kept it for later.</summary>
    private protected virtual bool Admits(object message) => true;

    /// <summary>Runs behind each message that was admitted, whether it failed or not.</summary>
    private protected virtual void AfterReceive()
    {
    }

    /// <inheritdoc/>
    public sealed override void AroundPreStart()
    {
        base.AroundPreStart();
        _unnamedChildren = UnnamedChildren();
    }

    /// <inheritdoc/>
    public sealed override void AroundPreRestart(Exception cause, object message)
    {
        if (_successor is { } successor)
        {
            successor.AroundPreRestart(cause, message);
            Release(successor);
            return;
        }

        // What failed behind an await (ReceiveAsync) did not pass through AroundReceive.
        if (!ReferenceEquals(message, _failedOn))
            AnswerFailure(message, cause);
        CancelRequests("The handler of this request was restarted.");
        base.AroundPreRestart(cause, message);
    }

    /// <inheritdoc/>
    public sealed override void AroundPostRestart(Exception cause, object message) => base.AroundPostRestart(cause, message);

    /// <inheritdoc/>
    public sealed override void AroundPostStop()
    {
        if (_successor is { } successor)
        {
            successor.AroundPostStop();
            Release(successor);
            return;
        }

        CancelRequests("The handler of this request has stopped.");
        if (!_isOver)
            base.AroundPostStop();
    }

    /// <summary>Runs before the handler is rebuilt. Unlike Akka's it stops no children; it runs <c>PostStop</c>.</summary>
    /// <param name="reason">What was thrown.</param>
    /// <param name="message">The message that was in hand.</param>
    protected override void PreRestart(Exception reason, object message) => PostStop();

    /// <summary>Akka's default, but equal failures are not logged each time.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new LimitedStrategy(Akka.Actor.SupervisorStrategy.DefaultDecider.Decide);

    private void AnswerFailure(object? message, Exception reason)
    {
        _failedOn = message;
        if (message is IExchangeMessage about && reason is not null)
            Reply(HttpResponse.Error(about.Exchange, 500, "The handler of this request failed."));
    }

    private void LogFailure(object? message, Exception reason)
    {
        var what = message is HttpRequest request ? $"{request.Method} {request.Target}" : message?.GetType().Name ?? "A message";
        RequestLog.Of(Context.System).Error(_self, GetType(), reason, $"{what} failed: {reason.Message}");
    }

    private void Rebuild(Exception reason, object? message)
    {
        var context = (ActorCell)Context;
        try
        {
            AroundPreRestart(reason, message!);
        }
        catch (Exception e)
        {
            // The new instance does not depend on it: as with Akka, it is logged and no more.
            RequestLog.Of(context.System).Error(_self, GetType(), e, $"PreRestart failed: {e.Message}");
        }

        Release(this);
        for (var i = 0; i < DeepestBehaviour; i++)
            context.UnbecomeStacked();
        var kept = _unnamedChildren.Count == 0 ? [] : UnnamedChildren();
        try
        {
            var fresh = (HttpHandlerActor)context.Props.NewActor();
            if (fresh is IActorStash { Stash: null } stashing)
                stashing.Stash = context.CreateStash(fresh.GetType());
            ((IInitializableActor)fresh).Init();
            fresh._first = _first;
            _first._successor = fresh;
            fresh.AroundPostRestart(reason, null!);
            fresh._unnamedChildren = _unnamedChildren.Count == 0 ? [] : [.. UnnamedChildren().Except(kept)];
        }
        catch (Exception e)
        {
            (_first._successor ?? _first)._isOver = true;
            throw new HandlerNotRebuiltException(_self, e);
        }

        // The new instance has made its own.
        foreach (var child in _unnamedChildren)
            context.Stop(child);
    }

    // What Akka does with an instance that it does not need any more: what it has stashed goes back to the mailbox.
    private static void Release(HttpHandlerActor instance)
    {
        try
        {
            (instance as IActorStash)?.Stash.UnstashAll();
            (instance as IDisposable)?.Dispose();
        }
        catch (Exception e)
        {
            Context.GetLogger().Error(e, "An instance of {0} could not be released: {1}", instance.GetType(), e.Message);
        }
    }

    private static HashSet<IActorRef> UnnamedChildren() => [.. Context.GetChildren().Where(child => child.Path.Name.StartsWith('$'))];

    // Which of the two methods the class overrides. A delegate of a virtual method knows the override.
    private bool IsAsync()
    {
        var atOnce = ((Action<HttpRequest>)OnRequest).Method;
        var isAtOnce = atOnce.DeclaringType != typeof(HttpHandlerActor);
        var isLater = ((Func<HttpRequest, CancellationToken, Task>)OnRequestAsync).Method.DeclaringType != typeof(HttpHandlerActor);
        if (isAtOnce && atOnce.IsDefined(typeof(AsyncStateMachineAttribute), inherit: false))
        {
            throw new InvalidOperationException(
                $"{GetType()}.OnRequest is 'async void', and a failure behind its await would end the process. "
                + "Override 'async Task OnRequestAsync(HttpRequest request, CancellationToken cancellationToken)' instead.");
        }

        return isAtOnce != isLater
            ? isLater
            : throw new InvalidOperationException(
                $"{GetType()} must override {(isLater ? "only one" : "one")} of OnRequest(HttpRequest) and OnRequestAsync(HttpRequest, CancellationToken).");
    }
}

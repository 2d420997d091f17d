using System.Runtime.CompilerServices;
using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Event;

namespace ActorHttp.Handlers;

/// <summary>
/// The base class of an actor that answers requests. A derived class overrides either <see cref="OnRequest"/> or
/// <see cref="OnRequestAsync"/>, and calls <see cref="Reply"/> once for each request, during the overridden method or later.
/// </summary>
/// <remarks>
/// <para>
/// An exception affects one request only: the client receives 500, and the handler is rebuilt. A rebuild creates a new instance
/// from the same Props, so the fields of the handler have their initial values again. The actor reference, the mailbox and the
/// children stay. The number of rebuilds has no limit.
/// </para>
/// <para>
/// The rebuild happens inside the actor, because Akka's restart would stop or restart the children. A stopped child could
/// interrupt answers to other clients, because children may be the sources of bodies. A rebuild runs <c>PreRestart</c> of the old
/// instance, the constructor, and <c>PostRestart</c> of the new instance. No child is suspended during the rebuild. A constructor
/// must create named children with <see cref="FindOrCreateChild"/>. The named children of the old instance still exist, and Akka
/// does not allow a second child with the same name. The rebuild stops the unnamed children that the old constructor or
/// <c>PreStart</c> created.
/// </para>
/// <para>
/// When the constructor throws, the parent stops the handler and creates the handler again. The pause before each attempt grows
/// (<c>actor-http.supervision</c>). The routes of the handler answer 503 until the creation succeeds.
/// </para>
/// </remarks>
public abstract partial class HttpHandlerActor : ReceiveActor
{
    // The number of UnbecomeStacked calls in a rebuild. Akka does not expose the depth of the behaviour stack, so a rebuild calls
    // UnbecomeStacked this many times. A call without effect is harmless: the first behaviour always remains on the stack.
    private const int DeepestBehaviour = 100;

    private readonly IActorRef _self = Context.Self;

    // The instance that Akka created and calls. Rebuilds do not change this instance: Akka still calls the oldest instance, and
    // the oldest instance calls its successor.
    private HttpHandlerActor _first;

    // The instance that a rebuild has created most recently. Set in the first instance only.
    private HttpHandlerActor? _successor;

    // Set when a rebuild has failed after PreRestart. By then PreRestart has called PostStop, and PostStop must not run twice.
    private bool _isOver;
    private object? _failedOn;
    private HashSet<IActorRef> _unnamedChildren = [];

    /// <summary>
    /// Registers the receive method for requests. A derived constructor may register receive methods for other messages.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The class overrides both or none of <see cref="OnRequest"/> and <see cref="OnRequestAsync"/>, or its
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

    /// <summary>Whether the actor rebuilds itself after a failure. If false, the supervisor strategy of the parent decides.</summary>
    private protected virtual bool RebuildsItself => true;

    /// <summary>
    /// Answers a request. The method must not block. For long work, send a message to another actor, or override
    /// <see cref="OnRequestAsync"/>.
    /// </summary>
    /// <param name="request">The request. The handler can pull its body, if any, from <see cref="Exchange.Connection"/>.</param>
    protected virtual void OnRequest(HttpRequest request) =>
        throw new NotSupportedException($"{GetType()} does not override OnRequest.");

    /// <summary>Sends an answer to the connection of its exchange. Any thread may call this method.</summary>
    protected void Reply(HttpResponse response) => response.Exchange.Connection.Tell(response, _self);

    /// <summary>
    /// Returns the child of this name. Creates the child if no child has this name. Constructors and <c>PreStart</c> use this
    /// method. A rebuild runs the constructor again and, by default, <c>PreStart</c> too. At that moment the old children still
    /// exist, and a second child with the same name is an error.
    /// </summary>
    /// <param name="name">The child's name below this actor.</param>
    /// <param name="child">The Props of the child.</param>
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
            // The bottom of Akka's behaviour stack is still the receive method of the first instance. Replaces this method by the
            // receive method of the successor.
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

    /// <summary>
    /// Whether the actor may process a message now. If false, the actor has stored the message and will process the message
    /// later.
    /// </summary>
    private protected virtual bool Admits(object message) => true;

    /// <summary>Runs after each admitted message, even when the message has failed.</summary>
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

        // AroundReceive has not handled a failure after an await in ReceiveAsync. Therefore the failed request may still have no
        // answer.
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

    /// <summary>
    /// Runs in the old instance before a rebuild, and calls <c>PostStop</c>. Unlike Akka's default, this method stops no children.
    /// </summary>
    /// <param name="reason">The exception.</param>
    /// <param name="message">The message during which the handler failed.</param>
    protected override void PreRestart(Exception reason, object message) => PostStop();

    /// <summary>
    /// Returns Akka's default strategy with a limit on log lines: the strategy does not log every one of many equal failures.
    /// </summary>
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
            // The new instance does not depend on PreRestart of the old instance. So the rebuild only logs the failure and
            // continues, as Akka's restart does.
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

        // Stops the unnamed children of the old instance. The new instance has created its own unnamed children.
        foreach (var child in _unnamedChildren)
            context.Stop(child);
    }

    // Releases an old instance in the same way as Akka: unstashes its messages into the mailbox, and disposes the instance.
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

    // Whether the class overrides OnRequestAsync and not OnRequest. The delegate of a virtual method refers to the override.
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
                $"{GetType()} must override {(isLater ? "only one" : "one")} of OnRequest(HttpRequest) and "
                    + $"OnRequestAsync(HttpRequest, CancellationToken).");
    }
}

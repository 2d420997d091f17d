using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Configuration;

namespace ActorHttp.Hosting;

/// <summary>Adds routes and their handlers to a server. <c>WithActorHttp</c> passes a builder to its callback.</summary>
public sealed class ActorHttpBuilder
{
    /// <summary>
    /// The dispatcher of the connections and the router. A handler uses this dispatcher through <c>Props.WithDispatcher</c>.
    /// The handler then runs on the thread that has read the request, which saves two changes of threads for each request. Use
    /// this dispatcher only for handlers that never block and never compute for a long time. All other ready actors of the
    /// thread wait for such a handler (docs/dispatcher.md).
    /// </summary>
    public const string SocketDispatcher = ActorHttpSettings.Dispatcher;

    private readonly List<HandlerDefinition> _handlers = [];

    private readonly string _server;

    internal ActorHttpBuilder(ActorSystem system, ActorHttpSettings settings, string server = "")
    {
        _server = server;
        ActorSystem = system;
        Settings = settings;
    }

    /// <summary>The actor system of the server. The server has not created any actor yet.</summary>
    public ActorSystem ActorSystem { get; }

    /// <summary>
    /// The configuration of the server, with the defaults that have been added so far. The section <c>actor-http</c> contains
    /// the settings of this server, even if the server has a name.
    /// </summary>
    public Config Configuration => ServerSection.Of(ActorSystem.Settings.Config, _server);

    internal ActorHttpSettings Settings { get; }

    /// <summary>The content codings that the server's connections apply.</summary>
    internal CodingSettings Coding => Settings.Coding;

    /// <summary>All defaults of the server's settings, including the defaults of handler packages.</summary>
    internal Config Defaults { get; private set; } = ActorHttpSettings.Reference;

    internal IReadOnlyList<HandlerDefinition> Handlers => _handlers;

    /// <summary>
    /// Adds the defaults of a handler package. The actor system's own configuration overrides these defaults. The start of the
    /// server fails if the section <c>actor-http</c> has a key without a default. Dispatchers in the defaults can be used
    /// immediately after this call.
    /// </summary>
    /// <param name="defaults">
    /// The default of each setting, such as the section <c>actor-http.files</c>. The same object may be added again.
    /// </param>
    public ActorHttpBuilder WithDefaults(Config defaults)
    {
        ActorSystem.Settings.InjectTopLevelFallback(defaults);
        Defaults = Defaults.WithFallback(defaults);
        return this;
    }

    /// <summary>
    /// Adds a handler actor for one route. The server creates one actor below <c>/user/actor-http/handlers</c> (if the server
    /// has a name, below <c>/user/actor-http-NAME/handlers</c>). The name of the actor comes from the route. The actor receives
    /// <see cref="HttpRequest"/>. Derive the actor's class from <see cref="HttpHandlerActor"/>.
    /// </summary>
    /// <param name="pattern">
    /// A path such as <c>/status</c>, or a path whose last segment is a parameter, such as <c>/hello/{name}</c>. The parameter
    /// matches the rest of the path. The handler receives this rest, still percent-encoded, in
    /// <see cref="HttpRequest.RouteParameter"/>.
    /// </param>
    /// <param name="handler">The Props of the handler actor.</param>
    /// <param name="methods">
    /// The methods that the handler answers; GET if empty. GET includes HEAD. The server itself answers OPTIONS.
    /// </param>
    /// <exception cref="ArgumentException">The pattern has neither of these two forms.</exception>
    public ActorHttpBuilder Route(string pattern, Props handler, params RequestMethod[] methods) =>
        Handle(NameOf(pattern), handler, (pattern, methods));

    /// <summary>Adds one handler actor for several routes.</summary>
    /// <param name="name">The actor's name below <c>/user/actor-http/handlers</c>.</param>
    /// <param name="handler">The Props of the handler actor.</param>
    /// <param name="routes">The patterns and their methods, as in <see cref="Route"/>.</param>
    /// <exception cref="ArgumentException">A pattern is malformed, or the name is already used or is not a valid actor name.</exception>
    public ActorHttpBuilder Handle(string name, Props handler, params (string Pattern, RequestMethod[] Methods)[] routes)
    {
        Add(new HandlerDefinition(name, handler, [.. routes.Select(RouteOf)]));
        return this;

        RouteDefinition RouteOf((string Pattern, RequestMethod[] Methods) route) =>
            new(route.Pattern, route.Methods.Length == 0 ? [RequestMethod.Get] : route.Methods, Settings.Limits.BodySize);
    }

    /// <summary>
    /// Creates these handlers once for each reactor (<c>actor-http.io.reactors</c>), from the same Props. All requests of one
    /// connection go to one instance. Use this method only for handlers without state that requests share. Useful for
    /// handlers on <see cref="SocketDispatcher"/>: with only one actor for all reactors, the reactors would wait for each
    /// other.
    /// </summary>
    /// <param name="names">
    /// The names of handlers that have been added. The name of a handler of <see cref="Route"/> comes from its route.
    /// </param>
    /// <exception cref="ArgumentException">No handler with this name has been added.</exception>
    public ActorHttpBuilder PerReactor(params string[] names)
    {
        foreach (var name in names)
        {
            var index = _handlers.FindIndex(handler => handler.Name == name);
            if (index < 0)
                throw new ArgumentException($"There is no handler called '{name}'.");

            // Keeps the function of a handler that already has its own way to create instances, such as the file handler.
            var handler = _handlers[index];
            _handlers[index] = handler with { Another = handler.Another ?? (() => handler.Props) };
        }

        return this;
    }

    /// <summary>Adds a handler from a complete definition.</summary>
    /// <exception cref="ArgumentException">A pattern is malformed, or the name is already used or is not a valid actor name.</exception>
    internal void Add(HandlerDefinition handler)
    {
        if (!ActorPath.IsValidPathElement(handler.Name))
            throw new ArgumentException($"'{handler.Name}' cannot be an actor's name.");
        if (_handlers.Find(other => other.Name == handler.Name) is { } first)
        {
            throw new ArgumentException(
                $"The handlers of {first.Patterns} and of {handler.Patterns} would both have the name '{handler.Name}'. "
                    + "Add one of them with Handle, which takes a name, or both routes with one Handle.");
        }

        foreach (var route in handler.Routes)
        {
            if (Routing.Route.Fault(route.Pattern) is { } fault)
                throw new ArgumentException(fault);
        }

        _handlers.Add(handler);
    }

    internal static string NameOf(string pattern)
    {
        var literal = pattern.Split('{')[0].Trim('/').Replace('/', '-');
        return literal.Length == 0 ? "root" : literal;
    }
}

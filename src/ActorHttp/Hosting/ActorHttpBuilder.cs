using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Configuration;

namespace ActorHttp.Hosting;

/// <summary>Adds routes and their handlers to a server. <c>WithActorHttp</c> passes it to its callback.</summary>
public sealed class ActorHttpBuilder
{
    /// <summary>
    /// The dispatcher of connections and of the router, for handlers that name it with <c>Props.WithDispatcher</c>. The
    /// thread that has read
    /// a request then runs its handler, which saves two changes of threads for each request. Only for handlers that never block and never
    /// compute for long: all other ready actors of that thread wait for them (docs/dispatcher.md).
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

    /// <summary>The actor system of the server. It has no actor of the server yet.</summary>
    public ActorSystem ActorSystem { get; }

    /// <summary>
    /// The configuration of the server, with the defaults that have been added so far. Its section <c>actor-http</c> has the
    /// settings of this
    /// server, also when the server has a name.
    /// </summary>
    public Config Configuration => ServerSection.Of(ActorSystem.Settings.Config, _server);

    internal ActorHttpSettings Settings { get; }

    /// <summary>The content codings that the server's connections apply.</summary>
    internal CodingSettings Coding => Settings.Coding;

    /// <summary>All defaults of the server's settings, those of handler packages included.</summary>
    internal Config Defaults { get; private set; } = ActorHttpSettings.Reference;

    internal IReadOnlyList<HandlerDefinition> Handlers => _handlers;

    /// <summary>
    /// Adds the defaults of a handler package below the actor system's own configuration, which overrides them. The server refuses
    /// keys of the section <c>actor-http</c> that no defaults have. Dispatchers among the defaults can be used at once.
    /// </summary>
    /// <param name="defaults">A section for each setting, such as <c>actor-http.files</c>. The same object can be added again.</param>
    public ActorHttpBuilder WithDefaults(Config defaults)
    {
        ActorSystem.Settings.InjectTopLevelFallback(defaults);
        Defaults = Defaults.WithFallback(defaults);
        return this;
    }

    /// <summary>
    /// Adds a handler actor for one route. The server creates the actor once, below <c>/user/actor-http/handlers</c> (of a server with a
    /// name <c>/user/actor-http-NAME/handlers</c>), and names it after the route. The actor receives <see cref="HttpRequest"/>; derive it
    /// from <see cref="HttpHandlerActor"/>.
    /// </summary>
    /// <param name="pattern">
    /// A path such as <c>/status</c>, or a path whose last segment is a parameter, such as <c>/hello/{name}</c>. The parameter matches the
    /// rest of the path; the handler gets it, still encoded, as <see cref="HttpRequest.RouteParameter"/>.
    /// </param>
    /// <param name="handler">How to create the actor.</param>
    /// <param name="methods">The methods that it answers. GET includes HEAD, and the server answers OPTIONS itself. None means GET.</param>
    /// <exception cref="ArgumentException">The pattern is not of these two forms.</exception>
    public ActorHttpBuilder Route(string pattern, Props handler, params RequestMethod[] methods) =>
        Handle(NameOf(pattern), handler, (pattern, methods.Length == 0 ? [RequestMethod.Get] : methods));

    /// <summary>Adds a handler actor, with a name, for several routes.</summary>
    /// <param name="name">The actor's name below <c>/user/actor-http/handlers</c>.</param>
    /// <param name="handler">How to create the actor.</param>
    /// <param name="routes">The patterns and their methods, as in <see cref="Route"/>.</param>
    /// <exception cref="ArgumentException">A pattern is malformed, or the name is taken or cannot be one.</exception>
    public ActorHttpBuilder Handle(string name, Props handler, params (string Pattern, RequestMethod[] Methods)[] routes)
    {
        Add(
            new HandlerDefinition(
                name, handler, [.. routes.Select(route => new RouteDefinition(route.Pattern, route.Methods, Settings.Limits.BodySize))]));
        return this;
    }

    /// <summary>
    /// Gives each reactor (<c>actor-http.io.reactors</c>) an instance of its own of these handlers, created from the same Props. All
    /// requests of one connection go to one instance. Only for handlers without state that requests share. Useful for handlers
    /// on <see cref="SocketDispatcher"/>, where one actor for all reactors would make the reactors wait for each other.
    /// </summary>
    /// <param name="names">The names of handlers that have been added. A handler that was added by a route is named after it.</param>
    /// <exception cref="ArgumentException">There is no handler of this name.</exception>
    public ActorHttpBuilder PerReactor(params string[] names)
    {
        foreach (var name in names)
        {
            var index = _handlers.FindIndex(handler => handler.Name == name);
            if (index < 0)
                throw new ArgumentException($"There is no handler called '{name}'.");

            // The file handler has its own way to make instances.
            var handler = _handlers[index];
            _handlers[index] = handler with { Another = handler.Another ?? (() => handler.Props) };
        }

        return this;
    }

    /// <summary>Adds a handler that was defined elsewhere.</summary>
    /// <exception cref="ArgumentException">A pattern is malformed, or the name is taken or cannot be one.</exception>
    internal void Add(HandlerDefinition handler)
    {
        if (!ActorPath.IsValidPathElement(handler.Name))
            throw new ArgumentException($"'{handler.Name}' cannot be an actor's name.");
        if (_handlers.Exists(other => other.Name == handler.Name))
            throw new ArgumentException($"There is a handler called '{handler.Name}' already; give them names with Handle.");
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

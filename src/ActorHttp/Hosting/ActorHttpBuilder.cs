using ActorHttp.Handlers;
using ActorHttp.Handlers.Files;
using ActorHttp.Handlers.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Settings;
using Akka.Actor;

namespace ActorHttp.Hosting;

/// <summary>Says which actors answer which requests. Handed to the callback of <c>WithActorHttp</c>.</summary>
public sealed class ActorHttpBuilder
{
    /// <summary>
    /// The dispatcher of connections and of the router, for handlers that ask for it with <c>Props.WithDispatcher</c>: they are
    /// run by the thread that has read the request, which saves two changes of threads for each. Only for those that never
    /// block and never compute for long: whatever is ready on that thread waits for them (docs/dispatcher.md).
    /// </summary>
    public const string SocketDispatcher = ActorHttpSettings.Dispatcher;

    private readonly ActorHttpSettings _settings;
    private readonly List<HandlerDefinition> _handlers = [];

    internal ActorHttpBuilder(ActorHttpSettings settings) => _settings = settings;

    internal IReadOnlyList<HandlerDefinition> Handlers => _handlers;

    /// <summary>
    /// Has one handler actor answer one route. The actor is created once, below <c>/user/actor-http/handlers</c>, and named
    /// after the route; it receives <see cref="HttpRequest"/> (derive it from <see cref="HttpHandlerActor"/>).
    /// </summary>
    /// <param name="pattern">
    /// A path such as <c>/status</c>, or one whose last segment is a parameter, such as <c>/hello/{name}</c>: it matches the
    /// rest of the path, which arrives, still encoded, as <see cref="HttpRequest.RouteParameter"/>.
    /// </param>
    /// <param name="handler">How to create the actor.</param>
    /// <param name="methods">The methods it answers; GET brings HEAD with it, and OPTIONS is answered for it. None means GET.</param>
    /// <exception cref="ArgumentException">The pattern is not of these two forms.</exception>
    public ActorHttpBuilder Route(string pattern, Props handler, params RequestMethod[] methods) =>
        Handle(NameOf(pattern), handler, (pattern, methods.Length == 0 ? [RequestMethod.Get] : methods));

    /// <summary>Has one handler actor of this name answer several routes.</summary>
    /// <param name="name">The actor's name below <c>/user/actor-http/handlers</c>.</param>
    /// <param name="handler">How to create the actor.</param>
    /// <param name="routes">The patterns and their methods, as in <see cref="Route"/>.</param>
    /// <exception cref="ArgumentException">A pattern is malformed, or the name is taken or cannot be one.</exception>
    public ActorHttpBuilder Handle(string name, Props handler, params (string Pattern, RequestMethod[] Methods)[] routes)
    {
        Add(new HandlerDefinition(name, handler, [.. routes.Select(route => new RouteDefinition(route.Pattern, route.Methods, _settings.Limits.BodySize))]));
        return this;
    }

    /// <summary>
    /// Gives each reactor (<c>actor-http.io.reactors</c>) an instance of its own of these handlers, created from the same Props. All
    /// requests of one connection go to one instance. Only for handlers without state that requests share. Worth it for handlers
    /// on <see cref="SocketDispatcher"/>, where one actor for all reactors would make them wait for each other.
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

            // The file handler says itself how its instances are made.
            var handler = _handlers[index];
            _handlers[index] = handler with { Another = handler.Another ?? (() => handler.Props) };
        }

        return this;
    }

    /// <summary>Serves the files of a directory below a path: GET, HEAD, POST, PUT, PATCH, DELETE (see docs/files.md).</summary>
    /// <param name="path">The path, such as <c>/files</c>.</param>
    /// <param name="directory">The directory; it must exist. Empty: every request is answered 404.</param>
    /// <exception cref="ArgumentException">The directory does not exist, is a file, or may not be read.</exception>
    public ActorHttpBuilder Files(string path, string directory)
    {
        if (directory.Length > 0 && ServedFolder.Fault(directory, "the file handler") is { } fault)
            throw new ArgumentException(fault);
        RequestMethod[] methods = _settings.Files.IsReadOnly
            ? [RequestMethod.Get]
            : [RequestMethod.Get, RequestMethod.Post, RequestMethod.Put, RequestMethod.Patch, RequestMethod.Delete];
        var mount = path.TrimEnd('/');
        var limit = _settings.Files.BodySize;
        List<RouteDefinition> routes = [new(mount + "/{path}", methods, limit, _settings.Files.IsReadOnly ? null : new FileMethods(_settings.Files))];

        // Without its slash it is answered with where it is.
        if (mount.Length > 0)
            routes.Add(new RouteDefinition(mount, [RequestMethod.Get], limit));
        Add(CachedFilesActor.Definition(NameOf(path), directory, _settings.Files, _settings.Coding, routes));
        return this;
    }

    /// <summary>
    /// The endpoints of the console host: <c>/</c>, <c>/echo</c>, <c>/user-agent</c>, with the directory of the settings
    /// <c>/files</c>, and with <c>actor-http.faults.enabled</c> <c>/_fault</c>.
    /// </summary>
    public ActorHttpBuilder ConsoleEndpoints()
    {
        Route("/", Props.Create(typeof(RootActor)).WithDispatcher(ActorHttpSettings.Dispatcher))
            .Handle("echo", Props.Create(typeof(EchoActor)).WithDispatcher(ActorHttpSettings.Dispatcher), ("/echo/{text}", [RequestMethod.Get]), ("/echo", [RequestMethod.Post]))
            .Route("/user-agent", Props.Create(typeof(UserAgentActor)).WithDispatcher(ActorHttpSettings.Dispatcher))
            .PerReactor("root", "echo", "user-agent")
            .Files("/files", _settings.Directory);
        return _settings.HasFaults ? Handle("fault", Props.Create(typeof(FaultActor)), ("/_fault/{kind}", [RequestMethod.Get])) : this;
    }

    private void Add(HandlerDefinition handler)
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

    private static string NameOf(string pattern)
    {
        var literal = pattern.Split('{')[0].Trim('/').Replace('/', '-');
        return literal.Length == 0 ? "root" : literal;
    }
}

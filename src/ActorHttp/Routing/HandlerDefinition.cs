using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Routing;

/// <summary>A handler actor to be, and the routes that it answers.</summary>
internal sealed record HandlerDefinition(string Name, Props Props, IReadOnlyList<RouteDefinition> Routes);

/// <summary>A route before its handler exists. <paramref name="BodyLimit"/> in bytes; null for no limit.</summary>
internal sealed record RouteDefinition(string Pattern, IReadOnlyList<RequestMethod> Methods, long? BodyLimit);

using ActorHttp.Files;
using ActorHttp.Hosting;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.ConsoleHost.Endpoints;

/// <summary>Adds the routes of the console host to a server.</summary>
internal static class ConsoleEndpointsExtension
{
    /// <summary>
    /// Adds the routes <c>/</c>, <c>/echo</c>, <c>/user-agent</c> and <c>/files</c>. The settings contain the directory of
    /// <c>/files</c>. With <c>actor-http.faults.enabled</c>, also adds the route <c>/_fault</c>.
    /// </summary>
    public static ActorHttpBuilder ConsoleEndpoints(this ActorHttpBuilder http)
    {
        http.Route("/", PropsOf<RootActor>())
            .Handle("echo", PropsOf<EchoActor>(), ("/echo/{text}", [RequestMethod.Get]), ("/echo", [RequestMethod.Post]))
            .Route("/user-agent", PropsOf<UserAgentActor>())
            .PerReactor("root", "echo", "user-agent")
            .Files("/files", http.Settings.Directory);
        return http.Settings.HasFaults
            ? http.Handle("fault", Props.Create(typeof(FaultActor)), ("/_fault/{kind}", [RequestMethod.Get]))
            : http;
    }

    private static Props PropsOf<T>() => Props.Create(typeof(T)).WithDispatcher(ActorHttpBuilder.SocketDispatcher);
}

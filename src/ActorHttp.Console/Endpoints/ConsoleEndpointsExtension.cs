using ActorHttp.Files;
using ActorHttp.Hosting;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.ConsoleHost.Endpoints;

/// <summary>The endpoints of the console host.</summary>
internal static class ConsoleEndpointsExtension
{
    /// <summary>
    /// Adds <c>/</c>, <c>/echo</c> and <c>/user-agent</c>, <c>/files</c> with the directory of the settings, and with
    /// <c>actor-http.faults.enabled</c> also <c>/_fault</c>.
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

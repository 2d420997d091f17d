using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Tests.Handlers.Files;

/// <summary>Requests as the router would hand them on.</summary>
internal static class FileRequests
{
    public static HttpRequest To(IActorRef connection, string method, string path, RequestBody body = default, params ReadOnlySpan<(string Name, string Value)> headers) =>
        new(
            new Exchange(connection, 1),
            new RequestMethod(method),
            new RequestTarget(TargetForm.Origin, $"/files/{path}", null),
            HttpVersion.Http11,
            HttpHeaders.Of(headers),
            body,
            path);
}

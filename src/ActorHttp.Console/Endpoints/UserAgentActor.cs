using System.Text;
using ActorHttp.Handlers;
using ActorHttp.Messages;

namespace ActorHttp.ConsoleHost.Endpoints;

/// <summary>
/// Answers <c>GET /user-agent</c> with the bytes of the User-Agent field (RFC 9110 §10.1.5). Without the field the body is empty.
/// </summary>
internal sealed class UserAgentActor : HttpHandlerActor
{
    // Vary and Cache-Control prevent a shared cache from giving one client's answer to another client (RFC 9110 §12.5.5).
    private static readonly HttpHeaders Fields =
        HttpHeaders.Of(("Content-Type", "text/plain"), ("Vary", "User-Agent"), ("Cache-Control", "private")).Reused();

    protected override void OnRequest(HttpRequest request) =>
        Reply(
            new HttpResponse(
                request.Exchange, 200, Fields, ResponseBody.Of(Encoding.Latin1.GetBytes(request.Headers["User-Agent"] ?? ""))));
}

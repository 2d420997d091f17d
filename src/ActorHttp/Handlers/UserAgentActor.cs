using System.Text;
using ActorHttp.Messages;

namespace ActorHttp.Handlers;

/// <summary><c>GET /user-agent</c>: the value of that field (RFC 9110 §10.1.5), byte for byte; nothing when there is none.</summary>
internal sealed class UserAgentActor : HttpHandlerActor
{
    // RFC 9110 §12.5.5: a shared cache must not give one client's answer to another.
    private static readonly HttpHeaders Fields =
        HttpHeaders.Of(("Content-Type", "text/plain"), ("Vary", "User-Agent"), ("Cache-Control", "private")).Reused();

    protected override void OnRequest(HttpRequest request) =>
        Reply(new HttpResponse(request.Exchange, 200, Fields, ResponseBody.Of(Encoding.Latin1.GetBytes(request.Headers["User-Agent"] ?? ""))));
}

using System.Text;
using ActorHttp.Messages;

namespace ActorHttp.Handlers;

/// <summary><c>GET /user-agent</c>: the value of that field (RFC 9110 §10.1.5), byte for byte; nothing when there is none.</summary>
internal sealed class UserAgentActor : HttpHandlerActor
{
    protected override void OnRequest(HttpRequest request) =>
        Reply(HttpResponse.Text(request.Exchange, 200, Encoding.Latin1.GetBytes(request.Headers["User-Agent"] ?? "")));
}

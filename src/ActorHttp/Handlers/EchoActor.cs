using ActorHttp.Messages;
using ActorHttp.Uris;

namespace ActorHttp.Handlers;

/// <summary>
/// <c>GET /echo/{text}</c>: the text, decoded once, byte for byte. <c>POST /echo</c>: the body, which flows from the
/// connection to the connection without being collected anywhere.
/// </summary>
internal sealed class EchoActor : HttpHandlerActor
{
    protected override void OnRequest(HttpRequest request)
    {
        if (request.Method == RequestMethod.Post)
            Reply(EchoBody(request));
        else
            Reply(HttpResponse.Text(request.Exchange, 200, PercentEncoding.Decode(request.RouteParameter), CodingChoice.Always));
    }

    private static HttpResponse EchoBody(HttpRequest request)
    {
        var headers = request.Headers["Content-Type"] is { } type ? HttpHeaders.Of(("Content-Type", type)) : HttpHeaders.Empty;
        var body = request.Body.IsPresent ? ResponseBody.From(request.Exchange.Connection, request.Body.Length) : ResponseBody.None;
        return new HttpResponse(request.Exchange, 200, headers, body);
    }
}

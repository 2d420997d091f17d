using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Uris;

namespace ActorHttp.ConsoleHost.Endpoints;

/// <summary>
/// Answers <c>GET /echo/{text}</c> with the text, percent-decoded exactly once. Answers <c>POST /echo</c> with the body of the
/// request. The connection is both the source and the receiver of that body, so no actor stores the bytes.
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

using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using ActorHttp.Uris;
using Akka.Actor;

namespace ActorHttp.Routing;

/// <summary>
/// Forwards each request to the handler of its route, and the handler answers directly to the connection. The router itself
/// answers a wrong host (421), a request without a route (404, 405, 501) and OPTIONS. The router also answers when the declared
/// length of the body exceeds the limit (413), and when the handler is out of service (503). The Props contain the whole state of
/// the router, so a restart of the router loses only the current request.
/// </summary>
internal sealed class RouterActor(RouteTable table, ServedHosts hosts) : UntypedActor
{
    public static Props Props(RouteTable table, ServedHosts hosts) =>
        Akka.Actor.Props.Create(typeof(RouterActor), table, hosts).WithDeploy(Deploy.Local).WithDispatcher(ActorHttpSettings.Dispatcher);

    // Answers the current request with 500. The restart loses this request, and no other actor can answer, because no other actor
    // has received the request yet.
    protected override void PreRestart(Exception reason, object message)
    {
        if (message is HttpRequest request)
            Reply(HttpResponse.Error(request.Exchange, 500, "The server failed while it looked for this request's handler."));
        base.PreRestart(reason, message);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case HttpRequest request:
                OnRequest(request);
                break;
            case HandlerChanged changed:
                changed.Target.Actor = changed.Actor;
                changed.Target.RetryAfter = changed.RetryAfter;
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnRequest(HttpRequest request)
    {
        if (!hosts.Serve(request.Headers["Host"]))
        {
            Reply(Misdirected(request));
            return;
        }

        var path = PercentEncoding.NormalizeUnreserved(request.Target.Path);
        if (table.Find(request.Method, path, request.Target.Query) is not { } route)
        {
            Reply(AnswerWithoutRoute(request, path));
            return;
        }

        if (route.Handler.Actor is not { } handler)
        {
            Reply(
                HttpResponse.Unavailable(
                    request.Exchange, "The handler of this route is out of service. It is being started again.", route.Handler.RetryAfter));
            return;
        }

        if (request.Body.IsPresent && route.BodyLimit is { } limit)
        {
            if (request.Body.Length > limit)
            {
                Reply(HttpResponse.Error(request.Exchange, 413, $"The body is larger than the {limit} bytes that are accepted here."));
                return;
            }

            if (request.Body.Length is null)
                request.Exchange.Connection.Tell(new LimitBody(request.Exchange, limit), Self);
        }

        handler.Forward(route.HasParameter ? request.Routed(path[route.Literal.Length..]) : request);
    }

    private HttpResponse AnswerWithoutRoute(HttpRequest request, string path)
    {
        if (!table.Knows(request.Method))
            return HttpResponse.Error(request.Exchange, 501, $"The method {request.Method} is not implemented here.");
        if (request.Target.Form == TargetForm.Asterisk)
            return HttpResponse.Empty(request.Exchange, 204, HttpHeaders.Of(("Allow", table.AllowedAnywhere)));
        if (table.AllowedOn(path, request.Target.Query) is not { } allow)
            return HttpResponse.Error(request.Exchange, 404, "There is nothing at this path.");
        if (request.Method == RequestMethod.Options)
        {
            var headers = HttpHeaders.Of(
                [("Allow", allow), .. table.OptionsOf(path, request.Target.Query).Select(field => (field.Name, field.Value))]);
            return HttpResponse.Empty(request.Exchange, 204, headers);
        }

        return HttpResponse.Error(
            request.Exchange, 405, $"The method {request.Method} is not allowed here; allowed are {allow}.").With("Allow", allow);
    }

    // Creates the answer to a host that is not served (RFC 9110 §15.5.20). The operator of the server is often the first to see
    // this answer, so the text contains the setting to change.
    private static HttpResponse Misdirected(HttpRequest request)
    {
        var name = request.Headers["Host"]!.Split(':')[0];
        return HttpResponse.Error(
            request.Exchange,
            421,
            $"The host {name} is not served here. To allow it: --allow-host {name}, or the setting actor-http.hosts.");
    }

    private void Reply(HttpResponse response) => response.Exchange.Connection.Tell(response, Self);
}

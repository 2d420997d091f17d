using System.Text;
using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.TestKit;

namespace ActorHttp.Tests.Handlers;

/// <summary>One handler under the server's parent of handlers, and a probe for the connection.</summary>
internal sealed class HandlerKit
{
    private readonly TestKitBase _test;
    private long _number;

    public HandlerKit(TestKitBase test, Props handler, int restarts = 10)
    {
        _test = test;
        Connection = test.CreateTestProbe("connection");
        var server = test.CreateTestProbe("server");
        var definition = new HandlerDefinition("handler", handler, [new RouteDefinition("/", [RequestMethod.Get], 7)]);
        server.ChildActorOf(HandlersActor.Props([definition], new SupervisionSettings(3, restarts, TimeSpan.FromMinutes(1)), TimeSpan.FromSeconds(1)), "handlers");
        Route = Assert.Single(server.ExpectMsg<HandlersReady>().Routes);
    }

    public TestProbe Connection { get; }

    public Route Route { get; }

    public IActorRef Handler => Route.Handler;

    public HttpRequest Ask(RequestMethod method, string parameter = "", RequestBody body = default, params ReadOnlySpan<(string, string)> fields)
    {
        var request = new HttpRequest(
            new Exchange(Connection.Ref, ++_number),
            method,
            new RequestTarget(TargetForm.Origin, "/", null),
            HttpVersion.Http11,
            HttpHeaders.Of(fields),
            body,
            parameter);
        Handler.Tell(request, _test.TestActor);
        return request;
    }

    public HttpResponse ExpectAnswer(HttpRequest request, int status)
    {
        var answer = Connection.ExpectMsg<HttpResponse>();
        Assert.Equal(request.Exchange, answer.Exchange);
        Assert.Equal(status, answer.Status);
        return answer;
    }

    public static string Text(HttpResponse answer) => Encoding.Latin1.GetString(answer.Body.Bytes.Span);
}

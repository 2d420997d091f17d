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

    public HandlerKit(TestKitBase test, Props handler)
    {
        _test = test;
        Connection = test.CreateTestProbe("connection");
        Server = test.CreateTestProbe("server");
        var definition = new HandlerDefinition("handler", handler, [new RouteDefinition("/", [RequestMethod.Get], 7)]);
        var supervision = new SupervisionSettings(3, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        Server.ChildActorOf(HandlersActor.Props([definition], supervision, TimeSpan.FromSeconds(1)), "handlers");
        Route = Assert.Single(Assert.Single(Server.ExpectMsg<HandlersReady>().Routes));
    }

    public TestProbe Connection { get; }

    public Route Route { get; }

    /// <summary>The handler as it was at the start.</summary>
    public IActorRef Handler => Route.Handler.Actor!;

    /// <summary>The server, which is told what becomes of the handler.</summary>
    public TestProbe Server { get; }

    /// <summary>The handler that requests go to, when it is another than at the start.</summary>
    public IActorRef? Current { get; set; }

    public HttpRequest Ask(
        RequestMethod method, string parameter = "", RequestBody body = default, params ReadOnlySpan<(string, string)> fields)
    {
        var request = new HttpRequest(
            new Exchange(Connection.Ref, ++_number),
            method,
            new RequestTarget(TargetForm.Origin, "/", null),
            HttpVersion.Http11,
            HttpHeaders.Of(fields),
            body,
            parameter);
        (Current ?? Handler).Tell(request, _test.TestActor);
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

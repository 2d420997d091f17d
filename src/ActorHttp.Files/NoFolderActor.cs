using ActorHttp.Files.Writing;
using ActorHttp.Handlers;
using ActorHttp.Hosting;
using ActorHttp.Messages;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files;

/// <summary>Answers 404 to every request, because no folder is configured. Logs the missing folder once.</summary>
internal sealed class NoFolderActor : HttpHandlerActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private bool _hasLogged;

    public static Props Props() =>
        Akka.Actor.Props.Create(typeof(NoFolderActor)).WithDeploy(Deploy.Local).WithDispatcher(ActorHttpBuilder.SocketDispatcher);

    protected override void OnRequest(HttpRequest request)
    {
        var isSafe = request.Method == RequestMethod.Get || request.Method == RequestMethod.Head;
        if (!isSafe && CrossSite.RefusalOf(request) is { } crossSite)
        {
            Reply(crossSite);
            return;
        }

        if (!_hasLogged)
            _log.Warning("/files was asked for, but no directory is set: it answers 404 (--directory sets one)");
        _hasLogged = true;
        Reply(HttpResponse.Error(request.Exchange, 404, "No files are served here."));
    }
}

using ActorHttp.Handlers.Files.Storage;
using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Handlers.Files;

/// <summary>The answer to a request on which the file system has failed.</summary>
internal static class FaultAnswer
{
    /// <summary>Answers the request. A fault that is not the client's is logged too, because the operator has to act on it.</summary>
    public static HttpResponse To(HttpRequest request, Exception fault, IActorContext context, bool isWrite = false)
    {
        var (status, reason) = isWrite ? FileFault.AnswerWrite(fault) : FileFault.Answer(fault);
        if (status >= 500)
        {
            // Equal by what failed and how it is answered, not by the path: a client can name any number of paths.
            RequestLog.Of(context.System).Warning(
                "files", typeof(FaultAnswer), $"{fault.GetType()} {status}", $"{request.Method} {request.Target} failed: {fault.Message}");
        }

        return HttpResponse.Error(request.Exchange, status, reason);
    }
}

using ActorHttp.Handlers.Files.Storage;
using ActorHttp.Messages;
using Akka.Event;

namespace ActorHttp.Handlers.Files;

/// <summary>The answer to a request on which the file system has failed.</summary>
internal static class FaultAnswer
{
    /// <summary>What is no fault of the client's is logged, too: somebody has to do something about it.</summary>
    public static HttpResponse To(HttpRequest request, Exception fault, ILoggingAdapter log, bool isWrite = false)
    {
        var (status, reason) = isWrite ? FileFault.AnswerWrite(fault) : FileFault.Answer(fault);
        if (status >= 500)
            log.Warning("{0} {1} failed: {2}", request.Method, request.Target, fault.Message);
        return HttpResponse.Error(request.Exchange, status, reason);
    }
}

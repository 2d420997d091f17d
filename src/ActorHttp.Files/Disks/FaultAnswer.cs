using ActorHttp.Files.Storage;
using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Disks;

/// <summary>The answer to a request on which the file system has failed.</summary>
internal static class FaultAnswer
{
    /// <summary>Answers the request. A fault that is not the client's is logged too, because the operator has to act on it.</summary>
    public static HttpResponse To(HttpRequest request, Exception fault, IActorContext context, bool isWrite = false)
    {
        var (status, reason) = isWrite ? FileFault.AnswerWrite(fault) : FileFault.Answer(fault);
        if (status >= 500)
            Log(request, fault, context, status);
        return HttpResponse.Error(request.Exchange, status, reason);
    }

    /// <summary>Logs a fault behind which the connection is reset, because no answer would be true.</summary>
    public static void Log(HttpRequest request, Exception fault, IActorContext context) => Log(request, fault, context, 0);

    // Equal by what failed and how it is answered, not by the path: a client can name any number of paths.
    private static void Log(HttpRequest request, Exception fault, IActorContext context, int status) => RequestLog.Of(context.System).Warning(
        "files", typeof(FaultAnswer), $"{fault.GetType()} {status}", $"{request.Method} {request.Target} failed: {fault.Message}");
}

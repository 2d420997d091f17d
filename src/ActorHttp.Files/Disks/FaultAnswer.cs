using ActorHttp.Files.Storage;
using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Disks;

/// <summary>Makes the answers to requests for which the file system has failed.</summary>
internal static class FaultAnswer
{
    /// <summary>The reason in the answer 503 while the served folder is missing.</summary>
    public const string NoFolder = "The folder that is served is not there.";

    /// <summary>
    /// Returns the answer 503 for a request while the served folder is missing. The fault is on the side of the server, and is
    /// usually short. The answer is not 404, because after a 404 a program that mirrors the folder would delete its copy.
    /// </summary>
    public static HttpResponse ToNoFolder(HttpRequest request) =>
        HttpResponse.Unavailable(request.Exchange, NoFolder, TimeSpan.FromSeconds(1));

    /// <summary>Returns the answer to a fault. Logs a fault that the client has not caused, because the operator must act.</summary>
    public static HttpResponse To(HttpRequest request, Exception fault, IActorContext context, bool isWrite = false)
    {
        var (status, reason) = isWrite ? FileFault.AnswerWrite(fault) : FileFault.Answer(fault);
        if (status >= 500)
            Log(request, fault, context, status);
        return HttpResponse.Error(request.Exchange, status, reason);
    }

    /// <summary>
    /// Logs a fault after which the connection is reset. The connection is reset when no status would describe the result
    /// correctly.
    /// </summary>
    public static void Log(HttpRequest request, Exception fault, IActorContext context) => Log(request, fault, context, 0);

    // The log treats two entries as equal when the type and the status of the fault are equal. The path is not part of the
    // comparison, because a client can send any number of paths.
    private static void Log(HttpRequest request, Exception fault, IActorContext context, int status) =>
        RequestLog.Of(context.System).Warning(
            "files", typeof(FaultAnswer), $"{fault.GetType()} {status}", $"{request.Method} {request.Target} failed: {fault.Message}");
}

using ActorHttp.Files.Storage;
using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Disks;

/// <summary>The answers to requests on which the file system has failed.</summary>
internal static class FaultAnswer
{
    /// <summary>Why nothing can be read or written while the served folder is missing. The status is 503.</summary>
    public const string NoFolder = "The folder that is served is not there.";

    /// <summary>
    /// The answer while the served folder is missing: 503. The fault is the server's and mostly a short one. With 404 a program that
    /// mirrors the folder would delete its copy.
    /// </summary>
    public static HttpResponse ToNoFolder(HttpRequest request) =>
        HttpResponse.Unavailable(request.Exchange, NoFolder, TimeSpan.FromSeconds(1));

    /// <summary>The answer to a fault. A fault that the client has not caused is logged, because the operator has to act on it.</summary>
    public static HttpResponse To(HttpRequest request, Exception fault, IActorContext context, bool isWrite = false)
    {
        var (status, reason) = isWrite ? FileFault.AnswerWrite(fault) : FileFault.Answer(fault);
        if (status >= 500)
            Log(request, fault, context, status);
        return HttpResponse.Error(request.Exchange, status, reason);
    }

    /// <summary>Logs a fault after which the connection is reset, because no answer would be true.</summary>
    public static void Log(HttpRequest request, Exception fault, IActorContext context) => Log(request, fault, context, 0);

    // Lines are equal by the kind of the fault and its status, and not by the path: a client can name any number of paths.
    private static void Log(HttpRequest request, Exception fault, IActorContext context, int status) =>
        RequestLog.Of(context.System).Warning(
            "files", typeof(FaultAnswer), $"{fault.GetType()} {status}", $"{request.Method} {request.Target} failed: {fault.Message}");
}

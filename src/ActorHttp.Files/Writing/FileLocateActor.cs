using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Writing;

/// <summary>Sent by a <see cref="FileLocateActor"/> to the files actor: the place to which the request writes, in the root of now.</summary>
internal sealed record FileLocated(HttpRequest Request, FilePath Path, string Place, FileRoot Root) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Finds the place to which one request writes. Links are followed for that, which may take the disk its time; the files actor,
/// which has one writer for each place, must not wait for it.
/// </summary>
internal sealed class FileLocateActor(HttpRequest request, FilePath path, FileRoot root, DiskSeat seat) : DiskRequestActor(request, seat)
{
    /// <param name="seat">It has entered its gate.</param>
    public static Props Props(HttpRequest request, FilePath path, FileRoot root, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(FileLocateActor), request, path, root, seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.WritingDispatcher);

    protected override void Work()
    {
        try
        {
            // The root that the writer gets is the one of now. What begins in it also ends in it, or is refused.
            var now = root.Now();
            var removes = Request.Method == RequestMethod.Delete && UploadResource.IdOf(Request) is null;
            if (!now.Exists)
                Reply(HttpResponse.Error(Request.Exchange, 503, "The folder that is served is not there."));
            else if ((removes ? now.LocateRemoval(path) : now.Locate(path)) is { } place)
                Context.Parent.Tell(new FileLocated(Request, path, place, now), Self);
            else
                Reply(HttpResponse.Error(Request.Exchange, 404, "There is no such file."));
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            Reply(FaultAnswer.To(Request, e, Context));
        }
    }
}

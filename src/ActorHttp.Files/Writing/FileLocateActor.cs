using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Writing;

/// <summary>Tells the <see cref="FilesActor"/> the place to which a request writes.</summary>
/// <param name="Request">The request.</param>
/// <param name="Path">The path in the target of the request.</param>
/// <param name="Place">The place: the path with all links resolved.</param>
/// <param name="Root">The root that the <see cref="FileLocateActor"/> has used.</param>
internal sealed record FileLocated(HttpRequest Request, FilePath Path, string Place, FileRoot Root)
    : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Finds the place to which one request writes. Resolving the links in the path can take long, and the <see cref="FilesActor"/>
/// must not wait for the disk. So this actor does the work.
/// </summary>
internal sealed class FileLocateActor(HttpRequest request, FilePath path, bool isRemoval, FileRoot root, DiskSeat seat)
    : DiskRequestActor(request, seat)
{
    public static Props Props(HttpRequest request, FilePath path, bool isRemoval, FileRoot root, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(FileLocateActor), request, path, isRemoval, root, seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.WritingDispatcher);

    protected override void Work()
    {
        try
        {
            // Sends this root with the place. The writer uses the same root until the end of the write, or refuses the write.
            var now = root.Now();
            if (!now.Exists)
                Reply(FaultAnswer.ToNoFolder(Request));
            else if ((isRemoval ? now.LocateRemoval(path) : now.Locate(path)) is { } place)
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

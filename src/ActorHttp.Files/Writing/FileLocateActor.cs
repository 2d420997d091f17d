using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Writing;

/// <summary>Sent by a <see cref="FileLocateActor"/> to the files actor: the place to which the request writes.</summary>
/// <param name="Request">The request.</param>
/// <param name="Path">The path that it names.</param>
/// <param name="Place">The place, with links followed.</param>
/// <param name="Root">The served folder at this moment.</param>
internal sealed record FileLocated(HttpRequest Request, FilePath Path, string Place, FileRoot Root)
    : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Finds the place to which one request writes. It follows links for that, which can take long. The files actor, which knows the writer of
/// each place, must not wait for it.
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
            // The writer gets the root of this moment. A write that begins in a root also ends in it, or is refused.
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

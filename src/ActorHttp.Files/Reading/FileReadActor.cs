using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Reading;

/// <summary>
/// Sent by a <see cref="FileReadActor"/> to the files actor: what the request comes to, where that is no answer yet. It is lost, and not logged, only
/// when the files actor has ended with the server.
/// </summary>
internal sealed record FileRead(HttpRequest Request, FilePath Path, ReadOutcome Outcome) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>Opens one file for one request, reads what is small, and answers; what takes longer it hands to the files actor.</summary>
internal sealed class FileReadActor(HttpRequest request, FilePath path, FileReader reader, FileDigested? digested, DiskSeat seat)
    : DiskRequestActor(request, seat)
{
    /// <param name="seat">It has entered its gate.</param>
    public static Props Props(HttpRequest request, FilePath path, FileReader reader, FileDigested? digested, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(FileReadActor), request, path, reader, digested, seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.ReadingDispatcher);

    protected override void Work()
    {
        ReadOutcome outcome;
        try
        {
            outcome = reader.Read(Request, path, digested);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            outcome = new ReadOutcome.Answer(FaultAnswer.To(Request, e, Context));
        }

        if (outcome is ReadOutcome.Answer answer)
            Reply(answer.Response);
        else
            Context.Parent.Tell(new FileRead(Request, path, outcome), Self);
    }
}

using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Reading;

/// <summary>
/// Sent by a <see cref="FileReadActor"/> to the files actor when the request needs more work than one read. The message is lost, and not
/// logged, only when the files actor has ended with the server.
/// </summary>
/// <param name="Request">The request.</param>
/// <param name="Path">The path that it reads.</param>
/// <param name="Outcome">What is still to be done.</param>
internal sealed record FileRead(HttpRequest Request, FilePath Path, ReadOutcome Outcome)
    : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Opens one file for one request, and answers with a small file. For everything that takes longer it tells the files actor.
/// </summary>
internal sealed class FileReadActor(HttpRequest request, FilePath path, FileReader reader, FileDigested? digested, DiskSeat seat)
    : DiskRequestActor(request, seat)
{
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

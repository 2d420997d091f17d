using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Reading;

/// <summary>
/// Tells the <see cref="FilesActor"/> that a request needs more work than one read. When the <see cref="FilesActor"/> has stopped
/// with the server, the message is lost without a log entry.
/// </summary>
/// <param name="Request">The request.</param>
/// <param name="Path">The path in the target of the request.</param>
/// <param name="Outcome">The result of the first read, which decides the next step.</param>
internal sealed record FileRead(HttpRequest Request, FilePath Path, ReadOutcome Outcome)
    : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Opens one file for one request. Answers with a small file itself. Sends all other results to the <see cref="FilesActor"/>.
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

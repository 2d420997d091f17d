using ActorHttp.Semantics;
using ActorHttp.Handlers.Files.Disks;
using ActorHttp.Handlers.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Settings;
using Akka.Actor;

namespace ActorHttp.Handlers.Files;

/// <summary>
/// Answers, where the sockets are served, from what the system has in memory of files; it never waits for a disk. Everything
/// else, and whatever goes wrong here, it hands to the <see cref="FilesActor"/> below it, on a thread that may wait.
/// </summary>
internal sealed class CachedFilesActor : HttpHandlerActor
{
    private const string DiskName = "disk";

    private readonly FileSettings _settings;
    private readonly string _directory;
    private readonly FileReader _reader;
    private readonly IActorRef _disk;

    public CachedFilesActor(string directory, FileSettings settings, FileReader reader, Props disk)
    {
        _settings = settings;
        _directory = directory;
        _reader = reader;

        // It is still there when we are restarted.
        _disk = FindOrCreateChild(DiskName, disk);
    }

    /// <summary>A handler for the files in a directory, the best that this system can have.</summary>
    public static Props Props(string directory, FileSettings settings, CodingSettings coding)
    {
        var digests = FilesActor.NewDigests();
        var disk = FilesActor.Props(directory, settings, coding, digests);
        return directory.Length == 0 || !LibC.HasCachedOpen
            ? disk
            : Props(directory, settings, coding, disk.WithMailbox(ActorHttpSettings.HandlerMailbox), LibC.ReadCached, digests);
    }

    /// <param name="disk">The actor that may wait.</param>
    /// <param name="readCached">Reads without waiting (<see cref="LibC.ReadCached"/>).</param>
    /// <param name="digests">The digests that are known.</param>
    public static Props Props(
        string directory, FileSettings settings, CodingSettings coding, Props disk, FilePieces.ReadFile readCached, DigestCache? digests = null) =>
        Akka.Actor.Props.Create(
            typeof(CachedFilesActor), directory, settings, new FileReader(new CachedRoot(directory), readCached, settings, coding, digests ?? FilesActor.NewDigests()), disk)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(ActorHttpSettings.Dispatcher);

    protected override SupervisorStrategy SupervisorStrategy() => new Supervision(_disk);

    protected override void OnRequest(HttpRequest request)
    {
        if (!TryAnswer(request))
            _disk.Forward(request);
    }

    private bool TryAnswer(HttpRequest request)
    {
        if ((request.Method != RequestMethod.Get && request.Method != RequestMethod.Head)
            || UploadResource.IdOf(request) is not null
            || FilePath.Parse(request.RouteParameter, out _) is not { } path
            || (path.IsHidden && !_settings.ServesDotfiles))
        {
            return false;
        }

        try
        {
            switch (_reader.Read(request, path))
            {
                case ReadOutcome.Answer answer:
                    Reply(answer.Response);
                    return true;
                case ReadOutcome.Stream stream:
                    if (CachedBodyActor.Answer(request, stream, new DiskPlace(_directory, path.Segments), _settings.ChunkSize, Context) is { } streamed)
                        Reply(streamed);
                    return true;
                case ReadOutcome.Digest digest:
                    digest.Handle.Dispose();
                    return false;
                default:
                    return false;
            }
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            return false;
        }
    }

    /// <summary>
    /// A transfer that throws has lost its place in the file, and its connection sees it stop. The disk's actor rebuilds
    /// itself. When it cannot be created, the parent decides, because both actors are one handler.
    /// </summary>
    private sealed class Supervision(IActorRef disk) : HandlerStrategy
    {
        protected override Directive Handle(IActorRef child, Exception exception)
        {
            if (!child.Equals(disk))
                return Directive.Stop;
            return exception is ActorInitializationException ? Directive.Escalate : base.Handle(child, exception);
        }
    }
}

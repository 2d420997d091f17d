using ActorHttp.Files.Disks;
using ActorHttp.Files.Reading;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Handlers;
using ActorHttp.Hosting;
using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Semantics;
using Akka.Actor;

namespace ActorHttp.Files;

/// <summary>
/// Answers reads from what the system has in memory of files, on the thread that serves the socket. It never waits for a disk. Every other
/// request, and every read that fails here, goes to the <see cref="FilesActor"/> below it, which may wait.
/// </summary>
/// <remarks>
/// Each reactor has an instance. Only the first instance has the <see cref="FilesActor"/>, because all writes to a place must pass
/// through one actor. The other instances send the first one what they cannot answer.
/// </remarks>
internal sealed class CachedFilesActor : HttpHandlerActor
{
    private const string DiskName = "disk";

    private readonly FileSettings _settings;
    private readonly string _directory;
    private readonly FileReader _reader;
    private readonly IActorRef? _disk;
    private readonly ICanTell _next;

    /// <param name="directory">The folder that is served.</param>
    /// <param name="settings">The settings of the file server.</param>
    /// <param name="reader">Reads without waiting.</param>
    /// <param name="disk">How to create the disk's actor; null when this is not the first instance.</param>
    /// <param name="first">The name of the first instance; null when this is the first one.</param>
    public CachedFilesActor(string directory, FileSettings settings, FileReader reader, Props? disk, string? first)
    {
        _settings = settings;
        _directory = directory;
        _reader = reader;

        // The child is still there when this actor is rebuilt.
        _disk = disk is null ? null : FindOrCreateChild(DiskName, disk);

        // By its name, because the first instance can go and come again as another actor. While it is gone, the request becomes a
        // dead letter, which HandlersActor answers.
        _next = _disk ?? (ICanTell)Context.ActorSelection($"../{first}");
    }

    /// <summary>Defines a handler of this name for the files in a directory: the best one that this system can run.</summary>
    public static HandlerDefinition Definition(
        string name, string directory, FileSettings settings, CodingSettings coding, IReadOnlyList<RouteDefinition> routes)
    {
        if (directory.Length == 0)
            return new HandlerDefinition(name, NoFolderActor.Props(), routes);
        var digests = FilesActor.NewDigests();
        var disk = FilesActor.Props(directory, settings, coding, digests);
        if (!LibC.HasCachedOpen)
            return new HandlerDefinition(name, disk, routes);
        var first = Props(directory, settings, coding, disk.WithMailbox(FileSettings.HandlerMailbox), LibC.ReadCached, digests);
        return new HandlerDefinition(name, first, routes)
        {
            Another = () => PropsOfAnother(name, directory, settings, coding, LibC.ReadCached, digests),
            NeedsFirst = true,
        };
    }

    /// <summary>The first instance, or the only one.</summary>
    /// <param name="directory">The folder that is served.</param>
    /// <param name="settings">The settings of the file server.</param>
    /// <param name="coding">The content codings that connections apply.</param>
    /// <param name="disk">The actor that may wait.</param>
    /// <param name="readCached">Reads without waiting (<see cref="LibC.ReadCached"/>).</param>
    /// <param name="digests">The known digests.</param>
    public static Props Props(
        string directory,
        FileSettings settings,
        CodingSettings coding,
        Props disk,
        FilePieces.ReadFile readCached,
        DigestCache? digests = null) =>
        Props(directory, settings, NewReader(directory, settings, coding, readCached, digests ?? FilesActor.NewDigests()), disk, null);

    /// <summary>Another instance beside the first one, which has this name.</summary>
    public static Props PropsOfAnother(
        string first,
        string directory,
        FileSettings settings,
        CodingSettings coding,
        FilePieces.ReadFile readCached,
        DigestCache digests) =>
        Props(directory, settings, NewReader(directory, settings, coding, readCached, digests), null, first);

    protected override SupervisorStrategy SupervisorStrategy() => new Supervision(_disk);

    protected override void OnRequest(HttpRequest request)
    {
        var task = FileTask.Of(request, _settings);
        if (task.Refusal is { } refusal)
            Reply(refusal);
        else if (task.Kind != FileTaskKind.Read || !TryRead(request, task.Path!))
            _next.Tell(request, Sender);
    }

    private static Props Props(string directory, FileSettings settings, FileReader reader, Props? disk, string? first) =>
        Akka.Actor.Props.Create(typeof(CachedFilesActor), directory, settings, reader, disk, first)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(ActorHttpBuilder.SocketDispatcher);

    // Each instance has a reader of its own: the root keeps what a request has opened, and is for one thread.
    private static FileReader NewReader(
        string directory, FileSettings settings, CodingSettings coding, FilePieces.ReadFile readCached, DigestCache digests) =>
        new(new CachedRoot(directory), readCached, settings, coding, digests);

    private bool TryRead(HttpRequest request, FilePath path)
    {
        try
        {
            switch (_reader.Read(request, path))
            {
                case ReadOutcome.Answer answer:
                    Reply(answer.Response);
                    return true;
                case ReadOutcome.Stream stream:
                    var place = new DiskPlace(_directory, path.Segments);
                    if (CachedBodyActor.Answer(request, stream, place, _settings.ChunkSize, Context) is { } streamed)
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
    /// Stops a transfer actor that throws, because the actor no longer knows its position in the file. The connection watches the
    /// actor and learns of the stop. The disk's actor (<see cref="FilesActor"/>) replaces its own instance when it throws. When it
    /// cannot be created, the strategy escalates: this actor and the disk's actor are one handler, so they fail together.
    /// </summary>
    private sealed class Supervision(IActorRef? disk) : HandlerStrategy
    {
        protected override Directive Handle(IActorRef child, Exception exception)
        {
            if (!child.Equals(disk))
                return Directive.Stop;
            return exception is ActorInitializationException ? Directive.Escalate : base.Handle(child, exception);
        }
    }
}

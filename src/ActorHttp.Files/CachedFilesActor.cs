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
/// Answers reads of files whose data is in the memory of the operating system. The actor runs on the thread that serves the
/// socket, so the actor never waits for a disk. All other requests, and reads that fail here, go to the <see cref="FilesActor"/>,
/// which may wait for a disk.
/// </summary>
/// <remarks>
/// Each reactor has one instance of this actor. Only the first instance has the <see cref="FilesActor"/> as a child, because one
/// actor must do all writes to a file. The other instances send the requests that they cannot answer to the first instance.
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
    /// <param name="reader">The reader, which reads without waiting for a disk.</param>
    /// <param name="disk">The Props of the child that may wait for the disk; null when this is not the first instance.</param>
    /// <param name="first">The name of the first instance; null when this is the first one.</param>
    public CachedFilesActor(string directory, FileSettings settings, FileReader reader, Props? disk, string? first)
    {
        _settings = settings;
        _directory = directory;
        _reader = reader;

        // Looks for an existing child first: the child survives when this actor is restarted.
        _disk = disk is null ? null : FindOrCreateChild(DiskName, disk);

        // The other instances address the first instance by its name, because a new actor with that name can replace the first
        // instance. Until the new actor exists, a request becomes a dead letter, and HandlersActor answers dead letters.
        _next = _disk ?? (ICanTell)Context.ActorSelection($"../{first}");
    }

    /// <summary>
    /// Defines the handler with this name for the files in a directory. Uses the reads from memory when this system supports
    /// them.
    /// </summary>
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

    /// <summary>The Props of the first instance, or of the only instance.</summary>
    /// <param name="directory">The folder that is served.</param>
    /// <param name="settings">The settings of the file server.</param>
    /// <param name="coding">The content codings that connections apply.</param>
    /// <param name="disk">The Props of the child that may wait for the disk.</param>
    /// <param name="readCached">The function that reads without waiting for a disk (<see cref="LibC.ReadCached"/>).</param>
    /// <param name="digests">The cache of the computed digests.</param>
    public static Props Props(
        string directory,
        FileSettings settings,
        CodingSettings coding,
        Props disk,
        FilePieces.ReadFile readCached,
        DigestCache? digests = null) =>
        Props(directory, settings, NewReader(directory, settings, coding, readCached, digests ?? FilesActor.NewDigests()), disk, null);

    /// <summary>The Props of another instance. <c>first</c> is the name of the first instance.</summary>
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

    // Each instance has a reader of its own, because only one thread may use a root: the root keeps the folder that a request has
    // opened.
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
    /// The rules for children that throw. A transfer actor is stopped, because a new instance would not know the position in the
    /// file. The connection watches the transfer actor, so the connection receives <c>Terminated</c>. The <see
    /// cref="FilesActor"/> is restarted. When the <see cref="FilesActor"/> cannot be created, the exception goes to the parent:
    /// both actors are one handler and fail together.
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

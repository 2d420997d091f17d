using ActorHttp.Files.Disks;
using ActorHttp.Files.Reading;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Files.Writing;
using ActorHttp.Handlers;
using ActorHttp.Hosting;
using ActorHttp.Logging;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files;

/// <summary>
/// <c>/files/{path}</c>, and all that may wait for a disk. It decides which actor does what, and touches no disk itself, so
/// that no file waits for another. A request enters the gate of its path (<see cref="DiskGate"/>) before an actor is made for it.
/// Each write goes to the one actor that writes to that place.
/// </summary>
internal sealed class FilesActor : HttpHandlerActor
{
    private readonly FileSettings _settings;
    private readonly Service? _service;
    private readonly Writers _writers;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly DiskGates _gates = DiskGates.Of(Context.System);
    private bool _saidThereIsNoRoot;

    public FilesActor(FileSettings settings, Service? service, Writers writers)
    {
        _settings = settings;
        _service = service;
        _writers = writers;
        Receive<FormFile>(file => WriterOf(file.Root, file.Place, file.Path).Forward(file));
        Receive<DiskTurn>(turn => Start((RequestSeat)turn.Seat));
        Receive<FileRead>(GoOn);
        Receive<FileLocated>(Write);
        Receive<DigestEnded>(OnDigestEnded);
        Receive<WriterIdle>(idle => _writers.LetGo(idle, Sender, Context));
        Receive<Terminated>(terminated => _writers.Forget(terminated.ActorRef));
    }

    /// <summary>A handler for the files in a directory; an empty name is no directory, and every request 404.</summary>
    public static Props Props(string directory, FileSettings settings, CodingSettings coding) => Props(directory, settings, coding, NewDigests());

    /// <param name="digests">The digests that are known: it shares them with the actor that answers from memory.</param>
    public static Props Props(string directory, FileSettings settings, CodingSettings coding, DigestCache digests)
    {
        var service = directory.Length == 0 ? null : new Service(directory, settings, coding, digests);
        return Akka.Actor.Props.Create(typeof(FilesActor), settings, service, new Writers())
            .WithDeploy(Deploy.Local)
            .WithDispatcher(ActorHttpBuilder.SocketDispatcher);
    }

    /// <summary>A cache of 1,024 digests: some 200 KB.</summary>
    public static DigestCache NewDigests() => new(1024);

    protected override void PreStart()
    {
        if (_service is not null && !_settings.IsReadOnly)
        {
            var place = new DiskPlace(_service.Directory, ["(sweep)"]);
            Context.ActorOf(UploadSweepActor.Props(_service.Root, _settings.UploadExpiry, new DiskSeat(_gates.Writing, place)), "sweep");
        }
    }

    // Without PreStart: what it started is still there.
    protected override void PostRestart(Exception reason)
    {
    }

    // A transfer that throws has lost its place in the file. Its connection sees it stop.
    protected override SupervisorStrategy SupervisorStrategy() => new LimitedStrategy(_ => Directive.Stop);

    protected override void OnRequest(HttpRequest request)
    {
        if (request.Method == RequestMethod.Get || request.Method == RequestMethod.Head)
        {
            if (UploadResource.IdOf(request) is not null)
                Locate(request);
            else
                Read(request, null);
        }
        else if (CrossSite.IsWrite(request.Headers))
        {
            Refuse(request, 403, "A page of another site may not write here.");
        }
        else
        {
            Locate(request);
        }
    }

    private void Read(HttpRequest request, FileDigested? digested)
    {
        if (PathOf(request) is not { } path)
            return;
        if (path.IsHidden && !_settings.ServesDotfiles)
            Refuse(request, 404, "There is no such file.");
        else
            Enter(new RequestSeat(_gates.Reading, _service!.PlaceOf(path), isRead: true) { Request = request, File = path, Digested = digested });
    }

    private void Locate(HttpRequest request)
    {
        if (PathOf(request) is not { } path)
            return;
        if (path.IsHidden && !_settings.ServesDotfiles)
        {
            Refuse(request, 403, "Names that begin with a dot are not served here.");
            return;
        }

        // A name with a slash is that of a folder.
        if (path.IsDirectory && !IsForFolder(request, path))
            return;

        // One that is there can be read and removed. To make one is no service to those who come after.
        if (request.Method != RequestMethod.Delete && !path.Segments.All(FileName.IsText))
        {
            Refuse(request, 400, "The file's name is not UTF-8.");
            return;
        }

        Enter(new RequestSeat(_gates.Writing, _service!.PlaceOf(path), isRead: false) { Request = request, File = path });
    }

    private void Enter(RequestSeat seat)
    {
        switch (seat.Enter(Self, mayRefuse: true))
        {
            case DiskEntry.Entered:
                Start(seat);
                break;
            case DiskEntry.Refused:
                Reply(_gates.Refusal(seat.Request!.Exchange));
                break;
        }
    }

    private void Start(RequestSeat seat)
    {
        try
        {
            Context.ActorOf(seat.IsRead
                ? FileReadActor.Props(seat.Request!, seat.File, _service!.Reader, seat.Digested, seat)
                : FileLocateActor.Props(seat.Request!, seat.File, _service!.Root, seat));
        }
        catch
        {
            seat.Leave();
            throw;
        }
    }

    private void GoOn(FileRead read)
    {
        var request = read.Request;
        switch (read.Outcome)
        {
            case ReadOutcome.Stream stream:
                if (CachedBodyActor.Answer(request, stream, _service!.PlaceOf(read.Path), _settings.ChunkSize, Context) is { } streamed)
                    Reply(streamed);
                break;
            case ReadOutcome.Digest digest:
                Digest(request, read.Path, digest);
                break;
            case ReadOutcome.Listing:
                Context.ActorOf(ListingActor.Props(request, read.Path, _service!.Root, _settings, _service.Coding, new DiskSeat(_gates.Reading, _service.PlaceOf(read.Path))));
                break;
        }
    }

    private void Digest(HttpRequest request, FilePath path, ReadOutcome.Digest wanted)
    {
        var turn = _service!.Digests.Take(request, wanted.Key, out var job);
        if (turn == DigestTurn.Begins)
        {
            var seat = new DiskSeat(_gates.Reading, _service.PlaceOf(path));
            Context.ActorOf(FileDigestActor.Props(job!, wanted.Handle, wanted.Length, _service.KnownDigests, seat));
            return;
        }

        // What waits holds no file open.
        wanted.Handle.Dispose();
        if (turn == DigestTurn.WithoutDigest)
            Read(request, FileDigested.None);
    }

    private void OnDigestEnded(DigestEnded ended)
    {
        var (joined, waiting) = _service!.Digests.End(ended.Job);

        // With the digest that is known now. A file that has changed meanwhile is answered without: to take another digest could go
        // on for ever.
        foreach (var request in joined.Where(request => request.IsAwaited))
        {
            if (ended.Fault is { } fault)
                Reply(FaultAnswer.To(request, fault, Context));
            else
                Read(request, new FileDigested(ended.Job.Key));
        }

        foreach (var request in waiting)
            Read(request, null);
    }

    private void Write(FileLocated located)
    {
        var (request, path, place, root) = located;
        WriterOf(root, place, path).Tell(request, Self);
    }

    private IActorRef WriterOf(FileRoot root, string place, FilePath path) => _writers.At(place, () => Context.Watch(
        Context.ActorOf(FileWriterActor.Props(root, place, _settings, _service!.PlaceOf(path), new DiskSeat(_gates.Writing, _service.PlaceOf(path))))));

    // False where the request has been dealt with: what is left is DELETE.
    private bool IsForFolder(HttpRequest request, FilePath folder)
    {
        if (UploadResource.IdOf(request) is not null)
            Refuse(request, 404, "There is no such upload; uploads are of files, and this is the name of a folder.");
        else if (request.Method == RequestMethod.Post && MultipartForm.IsForm(request.Headers["Content-Type"]))
            Context.ActorOf(FormActor.Props(request, _service!.Root, _settings, new DiskSeat(_gates.Writing, _service.PlaceOf(folder.Child($"(form {Guid.NewGuid():N})")))));
        else if (request.Method == RequestMethod.Post)
            Refuse(request, 415, "Send files to a folder as a form (curl -F file=@NAME), or send one to its own name (curl -T NAME).");
        else if (request.Method != RequestMethod.Delete)
            Reply(FileMethods.Refusal(request));
        else
            return true;
        return false;
    }

    // Null where the request has been answered.
    private FilePath? PathOf(HttpRequest request)
    {
        if (_service is null)
        {
            if (!_saidThereIsNoRoot)
                _log.Warning("/files was asked for, but no directory is set: it answers 404 (--directory sets one)");
            _saidThereIsNoRoot = true;
            Refuse(request, 404, "No files are served here.");
            return null;
        }

        if (FilePath.Parse(request.RouteParameter, out var fault) is { } path)
            return path;
        Refuse(request, 400, fault);
        return null;
    }

    private void Refuse(HttpRequest request, int status, string reason) => Reply(HttpResponse.Error(request.Exchange, status, reason));

    /// <summary>What is served, and what outlives a restart. It is made before the actor, because to find the root touches the disk.</summary>
    internal sealed class Service
    {
        // As many requests as a busy site has clients that check digests at one moment; each is a request's head.
        private const int MostDigestRequests = 1024;

        public Service(string directory, FileSettings settings, CodingSettings coding, DigestCache digests)
        {
            Directory = directory;
            Root = FileRoot.At(directory);
            Coding = coding;
            Reader = new FileReader(Root, FilePieces.ReadDisk, settings, coding, digests);
            KnownDigests = digests;
        }

        public string Directory { get; }

        public FileRoot Root { get; }

        public CodingSettings Coding { get; }

        public FileReader Reader { get; }

        public DigestCache KnownDigests { get; }

        public DigestDesk Digests { get; } = new(Math.Max(1, Environment.ProcessorCount / 2), MostDigestRequests);

        public DiskPlace PlaceOf(FilePath path) => new(Directory, path.Segments);
    }

    /// <summary>A request before its actor is made.</summary>
    private sealed class RequestSeat(DiskGate gate, DiskPlace place, bool isRead) : DiskSeat(gate, place)
    {
        public required FilePath File { get; init; }

        public FileDigested? Digested { get; init; }

        public bool IsRead => isRead;
    }

    /// <summary>The actors that write, by their places. The Props carry it, so that it outlives a restart as they do.</summary>
    internal sealed class Writers
    {
        private readonly Dictionary<string, Writer> _byPlace = new(FileRoot.PlaceComparer);

        /// <summary>The actor that writes to a place; a new one when there is none. Each call stands for one request to it.</summary>
        public IActorRef At(string place, Func<IActorRef> create)
        {
            if (!_byPlace.TryGetValue(place, out var writer))
                _byPlace[place] = writer = new Writer(create());
            writer.Requests++;
            return writer.Actor;
        }

        /// <summary>Stops a writer that has nothing to do, unless there is a request on its way to it.</summary>
        public void LetGo(WriterIdle idle, IActorRef actor, IActorContext context)
        {
            if (!_byPlace.TryGetValue(idle.Place, out var writer) || !writer.Actor.Equals(actor) || writer.Requests != idle.Requests)
                return;
            _byPlace.Remove(idle.Place);
            context.Stop(actor);
        }

        /// <summary>One that has stopped, by itself or by us.</summary>
        public void Forget(IActorRef actor)
        {
            foreach (var (place, writer) in _byPlace)
            {
                if (writer.Actor.Equals(actor))
                    _byPlace.Remove(place);
            }
        }

        private sealed class Writer(IActorRef actor)
        {
            public IActorRef Actor { get; } = actor;

            public long Requests { get; set; }
        }
    }
}

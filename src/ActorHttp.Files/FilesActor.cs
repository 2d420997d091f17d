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

namespace ActorHttp.Files;

/// <summary>
/// Serves the files of one folder. This actor never touches the disk. Each operation that may wait for the disk runs in an actor
/// of its own, so that no file waits for another file. A request enters the gate of its path (<see cref="DiskGate"/>) before the
/// actor for the request is created. All writes to a file go to one actor.
/// </summary>
internal sealed class FilesActor : HttpHandlerActor
{
    private readonly State _state;
    private readonly DiskGates _gates = DiskGates.Of(Context.System);

    public FilesActor(State state)
    {
        _state = state;
        Receive<FormFile>(file => WriterOf(file.Root, file.Place, file.Path).Forward(file));
        Receive<DiskTurn>(turn => Start((RequestSeat)turn.Seat));
        Receive<FileRead>(Continue);
        Receive<FileLocated>(located => WriterOf(located.Root, located.Place, located.Path).Tell(located.Request, Self));
        Receive<DigestEnded>(OnDigestEnded);
        Receive<WriterIdle>(idle => _state.Writers.LetGo(idle, Sender, Context));
        Receive<Terminated>(terminated => _state.Writers.Forget(terminated.ActorRef));
    }

    /// <summary>The Props of a handler for the files in a directory, which must exist.</summary>
    public static Props Props(string directory, FileSettings settings, CodingSettings coding) =>
        Props(directory, settings, coding, NewDigests());

    /// <param name="directory">The folder that is served.</param>
    /// <param name="settings">The settings of the file server.</param>
    /// <param name="coding">The content codings that connections apply.</param>
    /// <param name="digests">The cache of the computed digests. The <see cref="CachedFilesActor"/> instances share this cache.</param>
    public static Props Props(string directory, FileSettings settings, CodingSettings coding, DigestCache digests) =>
        Akka.Actor.Props.Create(typeof(FilesActor), new State(directory, settings, coding, digests))
            .WithDeploy(Deploy.Local)
            .WithDispatcher(ActorHttpBuilder.SocketDispatcher);

    /// <summary>Returns a new cache for 1,024 digests. A full cache uses about 200 KB.</summary>
    public static DigestCache NewDigests() => new(1024);

    protected override void PreStart()
    {
        if (_state.Settings.IsReadOnly)
            return;
        var seat = new DiskSeat(_gates.Writing, new DiskPlace(_state.Directory, ["(sweep)"]));
        Context.ActorOf(UploadSweepActor.Props(_state.Root, _state.Settings.UploadExpiry, seat), "sweep");
    }

    // Does not call PreStart again, because the sweeper that PreStart creates survives the restart.
    protected override void PostRestart(Exception reason)
    {
    }

    // Stops a transfer actor that throws, because a new instance would not know the position in the file. The connection watches
    // the transfer actor, so the connection receives Terminated.
    protected override SupervisorStrategy SupervisorStrategy() => new LimitedStrategy(_ => Directive.Stop);

    protected override void OnRequest(HttpRequest request)
    {
        var task = FileTask.Of(request, _state.Settings);
        switch (task.Kind)
        {
            case FileTaskKind.Refused:
                Reply(task.Refusal!);
                break;
            case FileTaskKind.StoreForm:
                // Each form has a path of its own at the gate, so that forms for one folder do not wait for each other.
                var place = task.Path!.Child($"(form {Guid.NewGuid():N})");
                var seat = new DiskSeat(_gates.Writing, _state.PlaceOf(place));
                Context.ActorOf(FormActor.Props(request, _state.Root, _state.Settings, seat));
                break;
            default:
                Enter(request, task);
                break;
        }
    }

    private void Enter(HttpRequest request, FileTask task, FileDigested? digested = null)
    {
        var gate = task.Kind == FileTaskKind.Read ? _gates.Reading : _gates.Writing;
        var seat = new RequestSeat(gate, _state.PlaceOf(task.Path!), task) { Request = request, Digested = digested };
        switch (seat.Enter(Self, mayRefuse: true))
        {
            case DiskEntry.Entered:
                Start(seat);
                break;
            case DiskEntry.Refused:
                Reply(_gates.Refusal(request.Exchange));
                break;
        }
    }

    // Creates the actor for a seat that has entered its gate. The new actor leaves the gate.
    private void Start(RequestSeat seat)
    {
        var (request, path) = (seat.Request!, seat.Task.Path!);
        try
        {
            seat.GiveTurn();
            Context.ActorOf(seat.Task.Kind == FileTaskKind.Read
                ? FileReadActor.Props(request, path, _state.Reader, seat.Digested, seat)
                : FileLocateActor.Props(request, path, seat.Task.Kind == FileTaskKind.Remove, _state.Root, seat));
        }
        catch
        {
            seat.Leave();
            throw;
        }
    }

    private void Continue(FileRead read)
    {
        var (request, path) = (read.Request, read.Path);
        switch (read.Outcome)
        {
            case ReadOutcome.Stream stream:
                if (CachedBodyActor.Answer(request, stream, _state.PlaceOf(path), _state.Settings.ChunkSize, Context) is { } streamed)
                    Reply(streamed);
                break;
            case ReadOutcome.Digest digest:
                Digest(request, path, digest);
                break;
            case ReadOutcome.Listing:
                var seat = new DiskSeat(_gates.Reading, _state.PlaceOf(path));
                Context.ActorOf(ListingActor.Props(request, path, _state.Root, _state.Settings, _state.Coding, seat));
                break;
        }
    }

    private void Digest(HttpRequest request, FilePath path, ReadOutcome.Digest wanted)
    {
        var turn = _state.Digests.Take(request, wanted.Key, out var job);
        if (turn == DigestTurn.Begins)
        {
            var seat = new DiskSeat(_gates.Reading, _state.PlaceOf(path));
            Context.ActorOf(FileDigestActor.Props(job!, wanted.Handle, wanted.Length, _state.KnownDigests, seat));
            return;
        }

        // Closes the file: a request that waits for a digest must not use a descriptor.
        wanted.Handle.Dispose();
        if (turn == DigestTurn.WithoutDigest)
            Read(request, FileDigested.None);
    }

    private void OnDigestEnded(DigestEnded ended)
    {
        var (joined, waiting) = _state.Digests.End(ended.Job);

        // The digest is in the cache now, so each request is read again. When the file has changed since, the answer has no
        // digest: a file that changes often would need a new digest each time, without end.
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

    // Reads again for a request that FileTask has already classified as a read.
    private void Read(HttpRequest request, FileDigested? digested) => Enter(request, FileTask.Of(request, _state.Settings), digested);

    private IActorRef WriterOf(FileRoot root, string place, FilePath path) => _state.Writers.At(place, () =>
    {
        var way = _state.PlaceOf(path);
        return Context.Watch(Context.ActorOf(FileWriterActor.Props(root, place, _state.Settings, way, new DiskSeat(_gates.Writing, way))));
    });

    /// <summary>
    /// The state that survives a restart. The constructor opens the root and so reads the disk. The state is created before the
    /// actor, because the actor must not wait for the disk.
    /// </summary>
    internal sealed class State
    {
        // The most requests that may wait for digests. The number is that of clients that check digests at the same time on a
        // busy site. Each waiting request keeps its header section in memory.
        private const int MostDigestRequests = 1024;

        public State(string directory, FileSettings settings, CodingSettings coding, DigestCache knownDigests)
        {
            Directory = directory;
            Settings = settings;
            Coding = coding;
            KnownDigests = knownDigests;
            Root = FileRoot.At(directory);
            Reader = new FileReader(Root, FilePieces.ReadDisk, settings, coding, knownDigests);
        }

        public string Directory { get; }

        public FileSettings Settings { get; }

        public CodingSettings Coding { get; }

        public DigestCache KnownDigests { get; }

        public FileRoot Root { get; }

        public FileReader Reader { get; }

        public DigestDesk Digests { get; } = new(Math.Max(1, Environment.ProcessorCount / 2), MostDigestRequests);

        public Writers Writers { get; } = new();

        public DiskPlace PlaceOf(FilePath path) => new(Directory, path.Segments);
    }

    /// <summary>The seat of a request in the gate of its path. The request has no actor yet.</summary>
    private sealed class RequestSeat(DiskGate gate, DiskPlace place, FileTask task) : DiskSeat(gate, place)
    {
        public FileTask Task => task;

        public FileDigested? Digested { get; init; }
    }

    /// <summary>The writer actors, by the place of the file that they write.</summary>
    internal sealed class Writers
    {
        private readonly Dictionary<string, Writer> _byPlace = new(FileRoot.PlaceComparer);

        /// <summary>
        /// Returns the writer actor of a place, and creates the actor when there is none. Each call counts as one request to the
        /// actor.
        /// </summary>
        public IActorRef At(string place, Func<IActorRef> create)
        {
            if (!_byPlace.TryGetValue(place, out var writer))
                _byPlace[place] = writer = new Writer(create());
            writer.Requests++;
            return writer.Actor;
        }

        /// <summary>Stops a writer actor that is idle. Does nothing when another request has been sent to the writer since.</summary>
        public void LetGo(WriterIdle idle, IActorRef actor, IActorContext context)
        {
            if (!_byPlace.TryGetValue(idle.Place, out var writer) || !writer.Actor.Equals(actor) || writer.Requests != idle.Requests)
                return;
            _byPlace.Remove(idle.Place);
            context.Stop(actor);
        }

        /// <summary>Removes a writer actor that has stopped.</summary>
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

using ActorHttp.Handlers.Files.Storage;
using ActorHttp.Logging;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers.Files;

/// <summary>
/// <c>/files/{path}</c>, and all that may wait for a disk: reads what is small itself, and hands everything else to actors
/// below it: the transfer of a large file, its digest, the listing of a folder; and each write to the one actor that writes to
/// that place, so that reading never waits for writing. All of them run on the blocking dispatcher.
/// </summary>
internal sealed class FilesActor : HttpHandlerActor
{
    private readonly FileSettings _settings;
    private readonly FileRoot? _root;
    private readonly FileReader? _reader;
    private readonly Writers _writers;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private bool _saidThereIsNoRoot;

    public FilesActor(string directory, FileSettings settings, CodingSettings coding, Writers writers)
    {
        _settings = settings;
        _root = directory.Length == 0 ? null : FileRoot.At(directory);
        _reader = _root is null ? null : new FileReader(_root, FilePieces.ReadDisk, settings, coding);
        _writers = writers;
        Receive<FileDigested>(digested => Read(digested.Request, digested));
        Receive<FormFile>(file => WriterOf(file.Root, file.Place).Forward(file));
        Receive<WriterIdle>(idle => _writers.LetGo(idle, Sender, Context));
        Receive<Terminated>(terminated => _writers.Forget(terminated.ActorRef));
    }

    /// <summary>A handler for the files in a directory; an empty name is no directory, and every request 404.</summary>
    public static Props Props(string directory, FileSettings settings, CodingSettings coding) =>
        Akka.Actor.Props.Create(typeof(FilesActor), directory, settings, coding, new Writers())
            .WithDeploy(Deploy.Local)
            .WithDispatcher(ActorHttpSettings.BlockingDispatcher);

    protected override void PreStart()
    {
        if (_root is not null && !_settings.IsReadOnly)
            Context.ActorOf(UploadSweepActor.Props(_root, _settings.UploadExpiry), "sweep");
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
                Write(request);
            else
                Read(request, null);
        }
        else if (CrossSite.IsWrite(request.Headers))
        {
            Refuse(request, 403, "A page of another site may not write here.");
        }
        else
        {
            Write(request);
        }
    }

    private void Read(HttpRequest request, FileDigested? digested)
    {
        if (PathOf(request) is not { } path)
            return;
        if (path.IsHidden && !_settings.ServesDotfiles)
        {
            Refuse(request, 404, "There is no such file.");
            return;
        }

        try
        {
            switch (_reader!.Read(request, path, digested))
            {
                case ReadOutcome.Answer answer:
                    Reply(answer.Response);
                    break;
                case ReadOutcome.Stream stream:
                    Reply(CachedBodyActor.Answer(stream, _settings.ChunkSize, Context));
                    break;
                case ReadOutcome.Digest digest:
                    Context.ActorOf(FileDigestActor.Props(request, digest));
                    break;
                case ReadOutcome.Listing:
                    Context.ActorOf(ListingActor.Props(request, path, _root!, _settings));
                    break;
            }
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            Reply(FaultAnswer.To(request, e, Context));
        }
    }

    private void Write(HttpRequest request)
    {
        if (PathOf(request) is not { } path)
            return;
        if (path.IsHidden && !_settings.ServesDotfiles)
        {
            Refuse(request, 403, "Names that begin with a dot are not served here.");
            return;
        }

        // A name with a slash is that of a folder.
        if (path.IsDirectory && !IsForFolder(request))
            return;

        // One that is there can be read and removed. To make one is no service to those who come after.
        if (request.Method != RequestMethod.Delete && !path.Segments.All(FileName.IsText))
        {
            Refuse(request, 400, "The file's name is not UTF-8.");
            return;
        }

        try
        {
            // The root that the writer gets is the one of now. What begins in it also ends in it, or is refused.
            var root = _root!.Now();
            if (!root.Exists)
            {
                Refuse(request, 503, "The folder that is served is not there.");
                return;
            }

            var removes = request.Method == RequestMethod.Delete && UploadResource.IdOf(request) is null;
            if ((removes ? root.LocateRemoval(path) : root.Locate(path)) is { } place)
                WriterOf(root, place).Forward(request);
            else
                Refuse(request, 404, "There is no such file.");
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            Reply(FaultAnswer.To(request, e, Context));
        }
    }

    private IActorRef WriterOf(FileRoot root, string place) =>
        _writers.At(place, () => Context.Watch(Context.ActorOf(FileWriterActor.Props(root, place, _settings))));

    // False where the request has been dealt with: what is left is DELETE.
    private bool IsForFolder(HttpRequest request)
    {
        if (UploadResource.IdOf(request) is not null)
            Refuse(request, 404, "There is no such upload; uploads are of files, and this is the name of a folder.");
        else if (request.Method == RequestMethod.Post && MultipartForm.IsForm(request.Headers["Content-Type"]))
            Context.ActorOf(FormActor.Props(request, _root!, _settings));
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
        if (_root is null)
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

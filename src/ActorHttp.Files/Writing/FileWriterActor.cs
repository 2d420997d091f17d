using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Handlers;
using ActorHttp.Logging;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Uris;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Writing;

/// <summary>A writer's word to the files actor: of so many requests none is open.</summary>
internal sealed record WriterIdle(string Place, long Requests) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// The one actor through which everything passes that changes what is at a place: uploads, whose bytes come in side by side
/// below it and take their name here one after the other, and deletions. So a condition that it finds true is true until it
/// has acted on it: of two that name the same version one is done and the other is 412. It ends when it has nothing to do.
/// </summary>
internal sealed class FileWriterActor : HttpHandlerActor, IWithUnboundedStash
{
    private const string NotTheOne = "The file is not the one that the condition names.";
    private const string NoPlainFile = "This is a pipe, a socket or a device; a file cannot take its place.";
    public const string NoRoot = "The folder that is served has gone.";

    private readonly FileRoot _root;
    private readonly string _place;
    private readonly FileSettings _settings;
    private readonly UploadRules _rules;

    // Whether what was claimed has been done.
    private bool _isDone;

    private readonly Desk _desk;
    private readonly DiskPlace _way;
    private readonly DiskSeat _seat;
    private readonly DiskGates _gates = DiskGates.Of(Context.System);

    public FileWriterActor(FileRoot root, string place, FileSettings settings, DiskPlace way, DiskSeat seat, Desk desk)
    {
        _way = way;
        _seat = seat;
        _desk = desk;
        _root = root;
        _place = place;
        _settings = settings;
        _rules = new UploadRules(settings.FlushToDisk, settings.CreatesFolders, settings.MinFreeSpace);
        Receive<SealedUpload>(Commit);
        Receive<FormFile>(Store);
        Receive<ExchangeClaimed>(OnClaimed);
        Receive<Terminated>(OnEnded);
    }

    /// <inheritdoc/>
    public IStash Stash { get; set; } = null!;

    /// <param name="way">The path under which the place was found, for the gate.</param>
    public static Props Props(FileRoot root, string place, FileSettings settings, DiskPlace way, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(FileWriterActor), root, place, settings, way, seat, new Desk())
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.WritingDispatcher);

    // The restart is the files actor's, which takes its children along, and has nothing to do with us: one who throws here is
    // stopped, and its transfers answer for themselves.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
    }

    // Those that wait for a transfer are in nobody's mailbox any more.
    protected override void PostStop()
    {
        _seat.Leave();
        foreach (var request in _desk.Claims)
            Refuse(request, 500, "The handler of this request failed.");
        foreach (var request in _desk.Waiting.Values.SelectMany(waiting => waiting))
            Refuse(request, 500, "The handler of this request failed.");
    }

    // The files actor stops this one when it fails, and the transfers below answer for themselves.
    private protected override bool RebuildsItself => false;

    // What waits in the stash is not counted in Requests yet, so a writer that has some is not let go.
    private protected override bool Admits(object message)
    {
        if (message is not HttpRequest request || _seat.Kept < _gates.MostForOne)
            return _seat.Admits(message, Self, Stash);
        _desk.Requests++;
        Reply(_gates.Refusal(request.Exchange));
        return false;
    }

    private protected override void AfterReceive()
    {
        _seat.Leave();
        if (_desk.Transfers.Count == 0 && _desk.Claims.Count == 0)
            Context.Parent.Tell(new WriterIdle(_place, _desk.Requests), Self);
    }

    protected override SupervisorStrategy SupervisorStrategy() => new LimitedStrategy(_ => Directive.Stop);

    protected override void OnRequest(HttpRequest request)
    {
        _desk.Requests++;

        // It may have waited for longer than its client was willing to.
        if (request.IsAwaited)
            Take(request);
    }

    // What cannot be undone is done when the connection has said that nobody but us will answer.
    private void Claim(HttpRequest request)
    {
        _desk.Claims.Add(request);
        Context.Watch(request.Exchange.Connection);
        request.Exchange.Connection.Tell(new ClaimExchange(request.Exchange), Self);
    }

    private void OnClaimed(ExchangeClaimed claimed)
    {
        if (_desk.Claims.Find(waiting => waiting.Exchange == claimed.Exchange) is not { } request)
            return;
        _desk.Claims.Remove(request);
        if (!_desk.Claims.Exists(other => other.Exchange.Connection.Equals(request.Exchange.Connection)))
            Context.Unwatch(request.Exchange.Connection);
        if (!claimed.IsGranted)
            return;
        try
        {
            Answer(request, () =>
            {
                if (UploadResource.IdOf(request) is { } id)
                    Reply(StateOf(request, id));
                else
                    Delete(request);
            });
        }
        catch (Exception e) when (_isDone && FileFault.Covers(e))
        {
            // It is removed, and the disk has not said that it will stay removed: neither 204 nor an error would be true.
            FaultAnswer.Log(request, e, Context);
            AnswerFailed(request.Exchange, e, mayBeDone: true);
        }
        catch (Exception e) when (AnswerFailed(request.Exchange, e, mayBeDone: _isDone))
        {
            throw;
        }
    }

    // A filter, not a catch: supervision gets the exception as it was thrown.
    private bool AnswerFailed(Exchange exchange, Exception reason, bool mayBeDone)
    {
        if (mayBeDone)
            exchange.Connection.Tell(new DropExchange(exchange, $"the writer failed when the file had been changed: {reason.Message}"), Self);
        else
            Reply(HttpResponse.Error(exchange, 500, "The handler of this request failed."));
        return false;
    }

    private void OnEnded(Terminated terminated)
    {
        // A connection that is gone grants nothing.
        _desk.Claims.RemoveAll(waiting => waiting.Exchange.Connection.Equals(terminated.ActorRef));
        OnTransferEnded(terminated);
    }

    private void Take(HttpRequest request) => Answer(request, () =>
    {
        if (UploadResource.IdOf(request) is { } id)
            TakeUpload(request, id);
        else if (request.Method == RequestMethod.Delete)
            Claim(request);
        else if (request.Method == RequestMethod.Patch)
            Reply(FileMethods.Refusal(request));
        else
            Store(request);
    });

    private void Answer(HttpRequest request, Action action)
    {
        _isDone = false;
        try
        {
            action();
        }
        catch (Exception e) when (FileFault.Covers(e) && !_isDone)
        {
            Reply(FaultAnswer.To(request, e, Context, isWrite: request.Method != RequestMethod.Delete));
        }
    }

    // Removes the entry that the path names. A link is removed itself, and never its target.
    private void Delete(HttpRequest request)
    {
        var path = FilePath.Parse(request.RouteParameter, out _)!;
        if (!_root.Exists)
        {
            Refuse(request, 503, NoRoot);
            return;
        }

        if (_root.LocateEntry(path) is not { } entry)
        {
            Refuse(request, 404, "There is no such file.");
            return;
        }

        // The root itself is not a thing in itself.
        if (entry == _root.Place)
        {
            Refuse(request, 403, "The folder that is served cannot be deleted.");
            return;
        }

        using var folder = _root.OpenFolder(Path.GetDirectoryName(entry)!);
        var name = Path.GetFileName(entry);
        if (folder?.Look(name) is not { } found)
        {
            Refuse(request, 404, "There is no such file.");
            return;
        }

        // The conditions are about what GET shows under this name: of a link, the bytes of its target. This actor writes those.
        var shown = found.Kind == FileKind.Link ? FollowLink(path) : found;
        if (path.IsDirectory && shown is not { Kind: FileKind.Directory })
            Refuse(request, 404, "There is no such folder; this is a file.");
        else if (FileVersion.Weigh(request.Headers, shown is { Kind: FileKind.File } ? shown.Value.Version : null) != PreconditionOutcome.Proceed)
            Refuse(request, 412, NotTheOne);
        else
            Delete(request, folder, name, found.Kind);
    }

    private void Delete(HttpRequest request, Folder folder, string name, FileKind kind)
    {
        if (_rules.FlushToDisk)
            folder.PrepareFlush();
        if (kind == FileKind.Directory)
            folder.DeleteFolder(name);
        else
            folder.DeleteFile(name);
        _isDone = true;
        if (_rules.FlushToDisk)
            folder.Flush();
        Reply(HttpResponse.Empty(request.Exchange, 204));
    }

    // Null for a link to nothing, in a circle, or out of the root.
    private FileStat? FollowLink(FilePath path)
    {
        try
        {
            return _root.Look(path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private void Store(HttpRequest request)
    {
        if (request.Headers.Contains("Content-Range"))
            Refuse(request, 400, "A part of a file cannot be stored: Content-Range has no meaning here (RFC 9110 §14.5).");
        else if (Obstacle(_root, _place, request.Headers, out _) is { } obstacle)
            Refuse(request, obstacle.Status, obstacle.Reason);
        else if (UploadPlan.Of(request, _settings, out var refusal) is { } plan)
            Start(request, plan);
        else
            Reply(refusal);
    }

    /// <summary>Why no file can take this place now, or must not by the conditions of its request; null for nothing.</summary>
    /// <param name="before">What is there.</param>
    /// <exception cref="IOException">It cannot be found out; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    internal static (int Status, string Reason)? Obstacle(FileRoot root, string place, HttpHeaders conditions, out FileStat? before)
    {
        before = root.Exists ? root.LookAt(place) : null;
        if (!root.Exists)
            return (503, NoRoot);

        // In a root that is not served any more no reader would find the file that the answer speaks of.
        if (!root.IsCurrent)
            return (409, "The served folder was switched while the upload came in; nothing was stored.");
        if (before is { Kind: FileKind.Directory })
            return (409, "This is a folder; a file cannot take its place. The address of a folder ends with a slash, and of a file in it with the file's name.");
        if (before is { Kind: FileKind.Other })
            return (409, NoPlainFile);
        if (HasFileForParent(root, place))
            return (409, "A part of the path is a file, not a folder.");
        return FileVersion.Weigh(conditions, before?.Version) == PreconditionOutcome.Proceed ? null : (412, NotTheOne);
    }

    // A file of a form, all of whose bytes are there. The form is told in any case, or it would wait for ever.
    private void Store(FormFile file)
    {
        _desk.Requests++;
        (int Status, string Reason)? refusal = (500, "The handler of this request failed.");
        EntityTag tag = default;
        try
        {
            refusal = Obstacle(_root, _place, file.Request.Headers, out var before);
            if (refusal is null)
                tag = file.Upload.Commit(before?.Version).Tag;
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            var answer = FaultAnswer.To(file.Request, e, Context, isWrite: true);
            refusal = (answer.Status, FileFault.AnswerWrite(e).Reason);
        }
        finally
        {
            Sender.Tell(new FormFileDone(file, tag, refusal), Self);
        }
    }

    private void TakeUpload(HttpRequest request, string id)
    {
        var name = TransferName(id);
        if (!UploadFile.IsId(id))
        {
            Refuse(request, 404, "There is no such upload.");
        }
        else if (Context.Child(name) is { } busy && !busy.Equals(ActorRefs.Nobody))
        {
            // Only one client has the identifier, so it has given the other request up; we have not heard of that yet.
            busy.Tell(LetGo.Instance, Self);
            if (!_desk.Waiting.TryGetValue(busy, out var waiting))
                _desk.Waiting[busy] = waiting = [];
            waiting.Add(request);
        }
        else if (request.Method == RequestMethod.Patch)
        {
            if (UploadPlan.OfAppend(request, id, _settings, out var refusal) is { } plan)
                Start(request, plan);
            else
                Reply(refusal);
        }
        else if (request.Method == RequestMethod.Delete)
        {
            Claim(request);
        }
        else if (request.Method == RequestMethod.Get || request.Method == RequestMethod.Head)
        {
            Reply(StateOf(request, id));
        }
        else
        {
            Reply(FileMethods.Refusal(request));
        }
    }

    private HttpResponse StateOf(HttpRequest request, string id)
    {
        using var upload = new UploadFile(_root, _place, _rules);
        if (!upload.Resume(id))
            return HttpResponse.Error(request.Exchange, 404, "There is no such upload.");
        try
        {
            if (request.Method == RequestMethod.Delete)
            {
                upload.Remove();
                _isDone = true;
                return HttpResponse.Empty(request.Exchange, 204);
            }

            // The client may forget the bytes that it is told of.
            upload.Flush();
            return HttpResponse.Empty(request.Exchange, 204, UploadResource.State(upload, _settings));
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            // Not in the finally block: the filters above run before that.
            _isDone = upload.IsRemoved;
            throw;
        }
        finally
        {
            if (!upload.HasLostBytes)
                upload.Leave();
        }
    }

    private void Start(HttpRequest request, UploadPlan plan)
    {
        // One whose identifier is not known yet is given it as its name, so that it can be found by it.
        var upload = new UploadFile(_root, _place, _rules);
        var props = UploadActor.Props(request, plan, upload, _settings, new DiskSeat(_gates.Writing, _way));
        var name = plan.Id ?? (plan.IsResumable ? upload.NewId() : null);
        _desk.Transfers.Add(Context.Watch(name is null ? Context.ActorOf(props) : Context.ActorOf(props, TransferName(name))));
    }

    private void OnTransferEnded(Terminated terminated)
    {
        _desk.Transfers.Remove(terminated.ActorRef);
        if (!_desk.Waiting.Remove(terminated.ActorRef, out var waiting))
            return;
        foreach (var request in waiting)
            Take(request);
    }

    private void Commit(SealedUpload done)
    {
        if (!done.TryTake())
            return;
        try
        {
            if (Outcome(done) is { } response)
                Reply(response);
            else
                AnswerFailed(done.Request.Exchange, new IOException("The disk has not said whether the file has its name."), mayBeDone: true);
        }
        catch (Exception e) when (AnswerFailed(done.Request.Exchange, e, done.Upload.MayBeStored))
        {
            throw;
        }
        finally
        {
            done.IsAnswered = true;
            Context.Stop(Sender);
        }
    }

    // Null where the file may have its name, and nobody knows.
    private HttpResponse? Outcome(SealedUpload done)
    {
        var upload = done.Upload;
        if (GiveName(done) is not { } response)
            return null;

        // What was wrong with the request will be wrong again; what was wrong with us need not be.
        // Before the answer, so that who reads it finds nothing. What cannot be removed its transfer will try again, and log.
        if (response.Status >= 500 && upload.Ticket is not null)
            upload.Leave();
        else
            upload.Discard();
        return done.Plan.IsResumable && response.Status < 500 ? response.With("Upload-Complete", "?1") : response;
    }

    private HttpResponse? GiveName(SealedUpload done)
    {
        var (request, upload) = (done.Request, done.Upload);
        try
        {
            // The file may have changed since the request came in. From here to the rename nobody else writes.
            if (Obstacle(_root, _place, upload.Ticket?.Headers ?? request.Headers, out var before) is { } obstacle)
                return HttpResponse.Error(request.Exchange, obstacle.Status, obstacle.Reason);
            return Stored(done, upload.Commit(before?.Version), isNew: before is null);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            if (!upload.MayBeStored)
                return FaultAnswer.To(request, e, Context, isWrite: true);
            FaultAnswer.Log(request, e, Context);
            return null;
        }
    }

    // POST creates a resource each time (RFC 9110 §9.3.3), PUT tells the difference; and as the bytes are stored as they came,
    // both may tell their tag (§9.3.4).
    private static HttpResponse Stored(SealedUpload done, FileVersion version, bool isNew)
    {
        var request = done.Request;
        var headers = done.Fields.Add("ETag", version.Tag.ToString());
        return (done.Upload.Ticket?.Method ?? request.Method.Name) == "PUT" && !isNew
            ? HttpResponse.Empty(request.Exchange, 204, headers)
            : HttpResponse.Empty(request.Exchange, 201, headers.Add("Location", RelativeReference.ToItself(request.Target.Path)));
    }

    private static bool HasFileForParent(FileRoot root, string place)
    {
        for (var parent = Path.GetDirectoryName(place)!; parent != root.Place; parent = Path.GetDirectoryName(parent)!)
        {
            if (root.LookAt(parent) is { } found)
                return found.Kind != FileKind.Directory;
        }

        return false;
    }

    private void Refuse(HttpRequest request, int status, string reason) => Reply(HttpResponse.Error(request.Exchange, status, reason));

    private static string TransferName(string id) => "upload-" + id;

    /// <summary>What is going on: the Props carry it, so that it outlives a restart.</summary>
    internal sealed class Desk
    {
        /// <summary>How many requests there have been.</summary>
        public long Requests { get; set; }

        public HashSet<IActorRef> Transfers { get; } = [];

        /// <summary>Requests that wait for their claim.</summary>
        public List<HttpRequest> Claims { get; } = [];

        /// <summary>Requests about an upload that another request is still busy with, until that has let go of it.</summary>
        public Dictionary<IActorRef, List<HttpRequest>> Waiting { get; } = [];
    }
}

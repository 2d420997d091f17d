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

/// <summary>Tells the <see cref="FilesActor"/> that a writer is idle.</summary>
/// <param name="Place">The place to which the writer writes.</param>
/// <param name="Requests">The number of requests that the writer has received. All of them are complete.</param>
internal sealed record WriterIdle(string Place, long Requests) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// The only actor that changes the file at one place: it commits uploads and deletes the file. Child actors receive the bytes of
/// several uploads at the same time, and the writer commits the uploads one after the other. So a precondition stays true between
/// its evaluation and the change of the file. Of two requests with the same entity tag, one succeeds and the other gets 412. An
/// idle writer stops.
/// </summary>
internal sealed class FileWriterActor : HttpHandlerActor, IWithUnboundedStash
{
    private readonly FileRoot _root;
    private readonly string _place;
    private readonly FileSettings _settings;
    private readonly UploadRules _rules;

    // Whether the current step has changed the file on the disk. Only a step after the claim can do that.
    private bool _isDone;

    private readonly State _state;
    private readonly DiskPlace _way;
    private readonly DiskSeat _seat;
    private readonly DiskGates _gates = DiskGates.Of(Context.System);

    public FileWriterActor(FileRoot root, string place, FileSettings settings, DiskPlace way, DiskSeat seat, State state)
    {
        _way = way;
        _seat = seat;
        _state = state;
        _root = root;
        _place = place;
        _settings = settings;
        _rules = WriteRules.ForUploads(settings);
        Receive<SealedUpload>(Commit);
        Receive<FormFile>(Store);
        Receive<ExchangeClaimed>(OnClaimed);
        Receive<Terminated>(OnEnded);
    }

    /// <inheritdoc/>
    public IStash Stash { get; set; } = null!;

    /// <param name="root">The root in which the place was found.</param>
    /// <param name="place">The place to which the writer writes.</param>
    /// <param name="settings">The settings of the file server.</param>
    /// <param name="way">The path by which the place was found. The seats of uploads use this path in the gate.</param>
    /// <param name="seat">The seat of the writer in its gate.</param>
    public static Props Props(FileRoot root, string place, FileSettings settings, DiskPlace way, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(FileWriterActor), root, place, settings, way, seat, new State())
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.WritingDispatcher);

    // Does not call the base method. When the FilesActor restarts, it also restarts this actor, which then continues its work.
    // When this actor itself throws, it is stopped, and its upload actors send their own answers.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
    }

    // Answers the requests that are only in the state. No mailbox contains these requests any more, so no other actor would
    // answer them.
    protected override void PostStop()
    {
        _seat.Leave();
        foreach (var request in _state.Claims)
            Refuse(request, 500, "The handler of this request failed.");
        foreach (var request in _state.Waiting.Values.SelectMany(waiting => waiting))
            Refuse(request, 500, "The handler of this request failed.");
    }

    // Returns false: when this actor throws, the FilesActor stops it, and the upload actors below send their own answers.
    private protected override bool RebuildsItself => false;

    // Refuses a request when too many messages are stashed. The count Requests does not include stashed requests, so it differs
    // from the count of the FilesActor. Because of the difference, the FilesActor does not stop a writer that has stashed
    // requests.
    private protected override bool Admits(object message)
    {
        if (message is not HttpRequest request || _seat.Kept < _gates.MostForOne)
            return _seat.Admits(message, Self, Stash);
        _state.Requests++;
        Reply(_gates.Refusal(request.Exchange));
        return false;
    }

    private protected override void AfterReceive()
    {
        _seat.Leave();
        if (_state.Transfers.Count == 0 && _state.Claims.Count == 0)
            Context.Parent.Tell(new WriterIdle(_place, _state.Requests), Self);
    }

    protected override SupervisorStrategy SupervisorStrategy() => new LimitedStrategy(_ => Directive.Stop);

    protected override void OnRequest(HttpRequest request)
    {
        _state.Requests++;

        // The client may have disconnected while the request waited.
        if (request.IsAwaited)
            Take(request);
    }

    // Claims the exchange before a step that cannot be undone. The step begins when the connection has granted that only this
    // actor answers.
    private void Claim(HttpRequest request)
    {
        _state.Claims.Add(request);
        Context.Watch(request.Exchange.Connection);
        request.Exchange.Connection.Tell(new ClaimExchange(request.Exchange), Self);
    }

    private void OnClaimed(ExchangeClaimed claimed)
    {
        if (_state.Claims.Find(waiting => waiting.Exchange == claimed.Exchange) is not { } request)
            return;
        _state.Claims.Remove(request);
        if (!_state.Claims.Exists(other => other.Exchange.Connection.Equals(request.Exchange.Connection)))
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
            // The file is deleted, but the disk may restore the file after a power failure. Neither 204 nor an error would
            // describe this result, so the connection drops the exchange.
            FaultAnswer.Log(request, e, Context);
            AnswerFailed(request.Exchange, e, mayBeDone: true);
        }
        catch (Exception e) when (AnswerFailed(request.Exchange, e, mayBeDone: _isDone))
        {
            throw;
        }
    }

    // Answers 500, or drops the exchange when the file may have changed. Runs as an exception filter and returns false, so that
    // the original exception goes to supervision.
    private bool AnswerFailed(Exchange exchange, Exception reason, bool mayBeDone)
    {
        if (mayBeDone)
        {
            var why = $"the writer failed when the file had been changed: {reason.Message}";
            exchange.Connection.Tell(new DropExchange(exchange, why), Self);
        }
        else
        {
            Reply(HttpResponse.Error(exchange, 500, "The handler of this request failed."));
        }

        return false;
    }

    private void OnEnded(Terminated terminated)
    {
        // A closed connection does not answer a claim any more, so its claims are removed.
        _state.Claims.RemoveAll(waiting => waiting.Exchange.Connection.Equals(terminated.ActorRef));
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

    // Deletes the entry at the path of the request. When the entry is a link, deletes the link and never its target.
    private void Delete(HttpRequest request)
    {
        var path = FilePath.Parse(request.RouteParameter, out _)!;
        if (!_root.Exists)
        {
            Reply(FaultAnswer.ToNoFolder(request));
            return;
        }

        if (_root.LocateEntry(path) is not { } entry)
        {
            Refuse(request, 404, "There is no such file.");
            return;
        }

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

        // Preconditions apply to the file that GET returns for this path. For a link, that file is the target of the link, and
        // this actor is the writer of the target.
        var shown = found.Kind == FileKind.Link ? FollowLink(path) : found;
        var version = shown is { Kind: FileKind.File } ? shown.Value.Version : (FileVersion?)null;
        if (path.IsDirectory && shown is not { Kind: FileKind.Directory })
            Refuse(request, 404, "There is no such folder; this is a file.");
        else if (FileVersion.Weigh(request.Headers, version) != PreconditionOutcome.Proceed)
            Refuse(request, 412, WriteRules.NotTheOne);
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

    // Returns null for a link without a target, for links that form a circle, and for a link out of the root.
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
        else if (WriteRules.Obstacle(_root, _place, request.Headers, out _) is { } obstacle)
            Refuse(request, obstacle.Status, obstacle.Reason);
        else if (UploadPlan.Of(request, _settings, out var refusal) is { } plan)
            Start(request, plan);
        else
            Reply(refusal);
    }

    // Stores a file of a form. Always sends an answer to the FormActor, because the FormActor waits for the answer without a time
    // limit.
    private void Store(FormFile file)
    {
        _state.Requests++;
        (int Status, string Reason)? refusal = (500, "The handler of this request failed.");
        EntityTag tag = default;
        try
        {
            refusal = WriteRules.Obstacle(_root, _place, file.Request.Headers, out var before);
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
            // Only one client knows the identifier. So that client has given up its earlier request, and the earlier connection
            // has not detected this yet. The earlier upload actor is asked to stop.
            busy.Tell(LetGo.Instance, Self);
            if (!_state.Waiting.TryGetValue(busy, out var waiting))
                _state.Waiting[busy] = waiting = [];
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

            // Flushes the bytes before the answer confirms them, because the client may then discard its own copy of them.
            upload.Flush();
            return HttpResponse.Empty(request.Exchange, 204, UploadResource.State(upload, _settings));
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            // The finally block would be too late to set _isDone, because the exception filters of the caller run before the
            // finally block.
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
        // The name of the child actor contains the identifier, so that a later request for the same upload finds the child.
        var upload = new UploadFile(_root, _place, _rules);
        var props = UploadActor.Props(request, plan, upload, _settings, new DiskSeat(_gates.Writing, _way));
        var name = plan.Id ?? (plan.IsResumable ? upload.NewId() : null);
        _state.Transfers.Add(Context.Watch(name is null ? Context.ActorOf(props) : Context.ActorOf(props, TransferName(name))));
    }

    private void OnTransferEnded(Terminated terminated)
    {
        _state.Transfers.Remove(terminated.ActorRef);
        if (!_state.Waiting.Remove(terminated.ActorRef, out var waiting))
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
            {
                Reply(response);
            }
            else
            {
                var unknown = new IOException("The disk has not said whether the file has its name.");
                AnswerFailed(done.Request.Exchange, unknown, mayBeDone: true);
            }
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

    // Commits an upload and returns the answer. Returns null when it is unknown whether the file has been renamed.
    private HttpResponse? Outcome(SealedUpload done)
    {
        var upload = done.Upload;
        if (GiveName(done) is not { } response)
            return null;

        // After a fault of the server (5xx), keeps an upload with a ticket, because the client can complete the upload later.
        // After other refusals, discards the upload, because a second try would fail too. The discard comes before the answer, so
        // that a client that has the answer does not find the bytes. When the discard fails, the UploadActor tries again and logs
        // the failure.
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
            // Checks again, because the file may have changed since the request began. No other actor writes between this check
            // and the rename.
            if (WriteRules.Obstacle(_root, _place, upload.Ticket?.Headers ?? request.Headers, out var before) is { } obstacle)
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

    // A POST always gets 201 (RFC 9110 §9.3.3). A PUT gets 201 for a new file and 204 for a replaced file. Both answers may have
    // an entity tag, because the bytes are stored without changes (§9.3.4).
    private static HttpResponse Stored(SealedUpload done, FileVersion version, bool isNew)
    {
        var request = done.Request;
        var headers = done.Fields.Add("ETag", version.Tag.ToString());
        return (done.Upload.Ticket?.Method ?? request.Method.Name) == "PUT" && !isNew
            ? HttpResponse.Empty(request.Exchange, 204, headers)
            : HttpResponse.Empty(request.Exchange, 201, headers.Add("Location", RelativeReference.ToItself(request.Target.Path)));
    }

    private void Refuse(HttpRequest request, int status, string reason) => Reply(HttpResponse.Error(request.Exchange, status, reason));

    private static string TransferName(string id) => "upload-" + id;

    /// <summary>The state that survives a restart of the writer.</summary>
    internal sealed class State
    {
        /// <summary>The number of requests that the writer has received.</summary>
        public long Requests { get; set; }

        /// <summary>The actors of the uploads whose bytes arrive now.</summary>
        public HashSet<IActorRef> Transfers { get; } = [];

        /// <summary>The requests whose exchange has been claimed and not yet granted.</summary>
        public List<HttpRequest> Claims { get; } = [];

        /// <summary>
        /// The requests for an upload that an upload actor still handles, by that actor. The writer handles these requests when
        /// the upload actor has stopped.
        /// </summary>
        public Dictionary<IActorRef, List<HttpRequest>> Waiting { get; } = [];
    }
}

using System.Text;
using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Logging;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Uris;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Writing;

/// <summary>A form's order to the writer of a place: give this file its name. The writer answers <see cref="FormFileDone"/>.</summary>
/// <param name="Path">The file's path, for the gate.</param>
/// <param name="Name">The file's own name, for people.</param>
/// <param name="Address">Its name relative to the request's target, percent-encoded.</param>
internal sealed record FormFile(FileRoot Root, string Place, FilePath Path, string Name, string Address, HttpRequest Request, UploadFile Upload) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>The writer's answer: the tag of the stored file, or why it is not stored.</summary>
internal sealed record FormFileDone(FormFile File, EntityTag Tag, (int Status, string Reason)? Refusal) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// One form that is posted to a folder (RFC 7578). Its files come in one after the other, each into a temporary file, and none
/// has its name before the whole form is there: a form that breaks off, or is refused for anything in it, stores nothing. Then
/// each file is given its name by the writer of its place. The first that is refused there ends it, and the answer tells which
/// were stored.
/// </summary>
internal sealed class FormActor(HttpRequest request, FileRoot root, FileSettings settings, DiskSeat seat) : DiskActor(seat)
{
    // In bytes. A name has 255, and browsers write three fields.
    private const int LongestHead = 8 * 1024;

    private readonly UploadRules _rules = new(settings.FlushToDisk, settings.CreatesFolders, settings.MinFreeSpace);
    private readonly List<FormFile> _files = [];
    private readonly List<FormFileDone> _done = [];

    // The served folder as it was when the form began. What begins in it also ends in it, or is refused.
    private FileRoot? _root;
    private MultipartReader? _reader;
    private int _parts;

    // Where the content of the part goes; null for one that is no file.
    private UploadFile? _current;
    private bool _isComplete;
    private int _sealed;

    // From here on a file may have its name.
    private bool _isStoring;
    private bool _isAnswered;

    public static Props Props(HttpRequest request, FileRoot root, FileSettings settings, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(FormActor), request, root, settings, seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.WritingDispatcher);

    protected override void PreStart()
    {
        Context.Watch(request.Exchange.Connection);
        Self.Tell(Begin.Instance);
    }

    // Once a file may have its name, an error would not be true, and the connection resets.
    protected override void PostStop()
    {
        base.PostStop();
        if (!_isAnswered && _isStoring)
            request.Exchange.Connection.Tell(new DropExchange(request.Exchange, "a form failed while its files were stored"), Self);
        else if (!_isAnswered)
            Answer(HttpResponse.Error(request.Exchange, 500, "The upload failed."));
        Release();
    }

    protected override void OnReceive(object message)
    {
        try
        {
            Take(message);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            Refuse(FaultAnswer.To(request, e, Context, isWrite: true));
        }
    }

    private void Take(object message)
    {
        switch (message)
        {
            case Begin:
                if (Open())
                    Pull();
                break;
            case BodyChunk chunk:
                if (Read(chunk.Bytes.Span))
                    Pull();
                break;
            case BodyEnd:
                End();
                break;
            case ExchangeClaimed { IsGranted: true } or GoOn:
                SealNext();
                break;
            case ExchangeClaimed:
                // The client has been told an error, or has left: so nothing is stored.
                _isAnswered = true;
                Context.Stop(Self);
                break;
            case FormFileDone { File.Upload.MayBeStored: true, Refusal: not null }:
                // Nobody knows whether the file has its name. PostStop has the connection reset.
                Context.Stop(Self);
                break;
            case FormFileDone done:
                _done.Add(done);
                Release(done.File);
                StoreNext();
                break;
            case BodyFailed or Terminated when _isComplete:
                break;
            case BodyFailed or Terminated:
                // Nobody waits for an answer any more. PostStop removes what has come.
                _isAnswered = true;
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private bool Open()
    {
        _root = root.Now();
        if (!_root.Exists)
            return Refuse(503, FileWriterActor.NoRoot);
        if (request.Headers.Contains("Content-Range"))
            return Refuse(400, "A part of a form cannot be stored: Content-Range has no meaning here (RFC 9110 §14.5).");
        if (request.Headers["Content-Encoding"] is { } coding && !coding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return Refuse(415, "Files are stored as they are: send the form without a content coding.");
        if (request.Headers.Contains("Repr-Digest") || request.Headers.Contains("Content-Digest"))
            return Refuse(400, "The digests of a form are not those of its files: send a file with a digest to its own name.");
        if (MultipartForm.BoundaryOf(request.Headers["Content-Type"]!) is not { } boundary)
            return Refuse(400, "The form's Content-Type names no boundary (RFC 2046 §5.1.1).");
        if (!request.Body.IsPresent)
            return Refuse(400, "The form is empty.");
        _reader = new MultipartReader(boundary, LongestHead);
        return true;
    }

    private void Pull() => request.Exchange.Connection.Tell(new PullBody(request.Exchange) { GivesBack = true }, Self);

    private bool Read(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            switch (_reader!.Next(ref bytes, out var content))
            {
                case MultipartStep.NeedsMore:
                    return true;
                case MultipartStep.PartBegins when !BeginPart(_reader.Part):
                    return false;
                case MultipartStep.Content when _current is not null:
                    _current.Append(content);
                    break;
                case MultipartStep.PartEnds when _current is not null:
                    _current.Park();
                    _current = null;
                    break;
                case MultipartStep.Malformed:
                    return Refuse(400, _reader.Fault);
            }
        }
    }

    // Fields that are no files are read over: this server has no use for them. So are inputs where no file was chosen.
    private bool BeginPart(FormPart part)
    {
        if (++_parts > settings.FormParts)
            return Refuse(413, $"The form has more than {settings.FormParts} parts.");
        if (string.IsNullOrEmpty(part.FileName))
            return true;
        var name = PercentEncoding.Encode(Encoding.Latin1.GetBytes(part.FileName));
        if (FilePath.Parse(request.RouteParameter + name, out var fault) is not { } path)
            return Refuse(400, fault);
        if (path.IsHidden && !settings.ServesDotfiles)
            return Refuse(403, "Names that begin with a dot are not served here.");
        if (!path.Segments.All(FileName.IsText))
            return Refuse(400, "The file's name is not UTF-8.");
        if (_root!.Locate(path) is not { } place)
            return Refuse(404, "There is no such folder.");
        if (_files.Exists(file => FileRoot.PlaceComparer.Equals(file.Place, place)))
            return Refuse(400, $"The form has two files for one place: {FileName.Visible(path.Name)}.");

        // It is asked again when the file takes its name. What can be told now need not be sent first.
        if (FileWriterActor.Obstacle(_root, place, request.Headers, out _) is { } obstacle)
            return Refuse(obstacle.Status, $"{FileName.Visible(path.Name)}: {obstacle.Reason}");
        _current = new UploadFile(_root, place, _rules);
        _files.Add(new FormFile(_root, place, path, FileName.Visible(path.Name), Address(name), request, _current));
        _current.Open(_files.Count == 1 ? request.Body.Length : null);
        return true;
    }

    // Behind an encoded slash the target is the folder's name and not yet the folder.
    private string Address(string name)
    {
        var path = request.Target.Path;
        return RelativeReference.ToName(path[(path.LastIndexOf('/') + 1)..] + name);
    }

    private void End()
    {
        if (!_reader!.IsOver)
        {
            Refuse(400, "The form ends before its last delimiter; nothing of it was stored.");
        }
        else if (_files.Count == 0)
        {
            Refuse(400, "There is no file in the form.");
        }
        else
        {
            // What follows may take long and cannot be undone, so the connection must not answer meanwhile.
            _isComplete = true;
            request.Exchange.Connection.Tell(new ClaimExchange(request.Exchange), Self);
        }
    }

    // One file for each turn at the gate: an fsync can take long.
    private void SealNext()
    {
        if (_sealed < _files.Count)
        {
            _files[_sealed++].Upload.Flush();
            Self.Tell(GoOn.Instance);
            return;
        }

        _isStoring = true;
        StoreNext();
    }

    private void StoreNext()
    {
        if (_done.Count < _files.Count && _done is not [.., { Refusal: not null }])
        {
            Context.Parent.Tell(_files[_done.Count], Self);
            return;
        }

        Answer(FormAnswer.Of(request, _files, _done));
        Context.Stop(Self);
    }

    private bool Refuse(int status, string reason) => Refuse(HttpResponse.Error(request.Exchange, status, reason));

    private bool Refuse(HttpResponse response)
    {
        Answer(response);
        Context.Stop(Self);
        return false;
    }

    // What was not stored is removed before the answer is out, so that who reads the answer finds it so.
    private void Answer(HttpResponse response)
    {
        _isAnswered = true;
        Release();
        request.Exchange.Connection.Tell(response, Self);
    }

    private void Release()
    {
        foreach (var file in _files)
            Release(file);
    }

    // Removes what has not its name, and closes what is open.
    private void Release(FormFile file)
    {
        if (file.Upload.Discard() is { } fault)
            RequestLog.Of(Context.System).Warning("files", GetType(), "left behind", $"A part of an upload stays behind: {fault}");
        file.Upload.Dispose();
    }

    private sealed class GoOn : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly GoOn Instance = new();
    }

    private sealed class Begin : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Begin Instance = new();
    }
}

using System.Text;
using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Uris;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Writing;

/// <summary>Asks the writer of a place to commit one file of a form. The writer replies with <see cref="FormFileDone"/>.</summary>
/// <param name="Root">The root at the start of the form.</param>
/// <param name="Place">The place of the file.</param>
/// <param name="Path">The path of the file, which the gate uses.</param>
/// <param name="Name">The name of the file, for display to humans.</param>
/// <param name="Address">The address of the file relative to the target of the request, percent-encoded.</param>
/// <param name="Request">The request whose body is the form.</param>
/// <param name="Upload">The upload with the bytes of the file.</param>
internal sealed record FormFile(
    FileRoot Root, string Place, FilePath Path, string Name, string Address, HttpRequest Request, UploadFile Upload)
    : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>The reply to <see cref="FormFile"/>.</summary>
/// <param name="File">The file.</param>
/// <param name="Tag">The entity tag of the stored file.</param>
/// <param name="Refusal">The status and the reason when the file was not stored; null when it was stored.</param>
internal sealed record FormFileDone(FormFile File, EntityTag Tag, (int Status, string Reason)? Refusal)
    : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Stores the files of one form that is posted to a folder (RFC 7578). Each file goes into a temporary file, one after the other.
/// After the whole form has arrived, the writer of each place commits its file. So an interrupted form, or a form with an error
/// in any part, stores no file. When a writer refuses a file, the rest is not stored, and the answer lists the stored files.
/// </summary>
internal sealed class FormActor(HttpRequest request, FileRoot root, FileSettings settings, DiskSeat seat) : BodyReaderActor(request, seat)
{
    // The longest header section of a part, in bytes. A file name has up to 255 bytes, and browsers send three header fields.
    private const int LongestHead = 8 * 1024;

    private readonly UploadRules _rules = WriteRules.ForUploads(settings);
    private readonly List<FormFile> _files = [];
    private readonly List<FormFileDone> _done = [];

    // The root at the start of the form. All files of the form go into this root, or the form is refused.
    private FileRoot? _root;
    private MultipartReader? _reader;
    private int _parts;

    // The upload that receives the content of the current part; null when the part is not a file.
    private UploadFile? _current;
    private bool _isComplete;
    private int _sealed;

    // Whether a file of the form may already be stored.
    private bool _isStoring;

    public static Props Props(HttpRequest request, FileRoot root, FileSettings settings, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(FormActor), request, root, settings, seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.WritingDispatcher);

    protected override bool IsCommitted => _isComplete;

    // Answers a request that has no answer yet. When a file may already be stored, an error would not describe the result, so the
    // connection drops the exchange.
    protected override void PostStop()
    {
        base.PostStop();
        if (!IsAnswered && _isStoring)
            Request.Exchange.Connection.Tell(new DropExchange(Request.Exchange, "a form failed while its files were stored"), Self);
        else if (!IsAnswered)
            Answer(HttpResponse.Error(Request.Exchange, 500, "The upload failed."));
        Release();
    }

    protected override bool Take(object message)
    {
        switch (message)
        {
            case FormFileDone { File.Upload.MayBeStored: true, Refusal: not null }:
                // It is unknown whether the file has been renamed. PostStop tells the connection to drop the exchange.
                Context.Stop(Self);
                return true;
            case FormFileDone done:
                _done.Add(done);
                Release(done.File);
                StoreNext();
                return true;
            default:
                return base.Take(message);
        }
    }

    protected override void Open()
    {
        _root = root.Now();
        if (!_root.Exists)
        {
            Refuse(FaultAnswer.ToNoFolder(Request));
        }
        else if (WhyRefused() is var (status, reason))
        {
            Refuse(status, reason);
        }
        else if (MultipartForm.BoundaryOf(Request.Headers["Content-Type"]!) is not { } boundary)
        {
            Refuse(400, "The form's Content-Type names no boundary (RFC 2046 §5.1.1).");
        }
        else if (!Request.Body.IsPresent)
        {
            Refuse(400, "The form is empty.");
        }
        else
        {
            _reader = new MultipartReader(boundary, LongestHead);
            Pull();
        }
    }

    private (int Status, string Reason)? WhyRefused()
    {
        if (Request.Headers.Contains("Content-Range"))
            return (400, "A part of a form cannot be stored: Content-Range has no meaning here (RFC 9110 §14.5).");
        if (Request.Headers["Content-Encoding"] is { } coding && !coding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return (415, "Files are stored as they are: send the form without a content coding.");
        return Request.Headers.Contains("Repr-Digest") || Request.Headers.Contains("Content-Digest")
            ? (400, "The digests of a form are not those of its files: send a file with a digest to its own name.")
            : null;
    }

    protected override bool Append(ReadOnlySpan<byte> bytes)
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

    // Starts a part of the form. Skips fields that are not files, because this server does not use them. Skips file inputs
    // without a chosen file.
    private bool BeginPart(FormPart part)
    {
        if (++_parts > settings.FormParts)
            return Refuse(413, $"The form has more than {settings.FormParts} parts.");
        if (string.IsNullOrEmpty(part.FileName))
            return true;
        var name = PercentEncoding.Encode(Encoding.Latin1.GetBytes(part.FileName));
        if (FilePath.Parse(Request.RouteParameter + name, out var fault) is not { } path)
            return Refuse(400, fault);
        if (!settings.Serves(path))
            return Refuse(403, WriteRules.HiddenName);
        if (!WriteRules.IsText(path))
            return Refuse(400, WriteRules.NotText);
        if (_root!.Locate(path) is not { } place)
            return Refuse(404, "There is no such folder.");
        if (_files.Exists(file => FileRoot.PlaceComparer.Equals(file.Place, place)))
            return Refuse(400, $"The form has two files for one place: {FileName.Visible(path.Name)}.");

        // The writer makes the same check again at the commit. This early check saves the client from sending the rest of the
        // form.
        if (WriteRules.Obstacle(_root, place, Request.Headers, out _) is { } obstacle)
            return Refuse(obstacle.Status, $"{FileName.Visible(path.Name)}: {obstacle.Reason}");
        _current = new UploadFile(_root, place, _rules);
        _files.Add(new FormFile(_root, place, path, FileName.Visible(path.Name), Address(name), Request, _current));
        _current.Open(_files.Count == 1 ? Request.Body.Length : null);
        return true;
    }

    // Returns the address of a file relative to the target. When the target ends in an encoded slash, its last segment is the
    // name of the folder and must be part of the address.
    private string Address(string name)
    {
        var path = Request.Target.Path;
        return RelativeReference.ToName(path[(path.LastIndexOf('/') + 1)..] + name);
    }

    protected override void EndBody()
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
            _isComplete = true;
            Claim();
        }
    }

    // Flushes one file and leaves the gate before the next file, because an fsync can take long.
    protected override void Finish()
    {
        if (_sealed < _files.Count)
        {
            _files[_sealed++].Upload.Flush();
            ContinueWork();
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

        Answer(FormAnswer.Of(Request, _files, _done));
        Context.Stop(Self);
    }

    protected override void Release()
    {
        foreach (var file in _files)
            Release(file);
    }

    private void Release(FormFile file)
    {
        Discard(file.Upload);
        file.Upload.Dispose();
    }
}

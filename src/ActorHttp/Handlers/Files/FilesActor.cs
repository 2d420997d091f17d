using System.Globalization;
using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Handlers.Files;

/// <summary>
/// <c>/files/{path}</c>: decides what a request means for the file system. Small files it reads itself; the transfer of a
/// large one, and every upload, is an actor of its own below this one. All of them run on the blocking dispatcher.
/// </summary>
internal sealed class FilesActor : HttpHandlerActor
{
    private readonly FileSettings _settings;
    private readonly CodingSettings _coding;
    private readonly FileRoot? _root;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private bool _saidThereIsNoRoot;

    public FilesActor(string directory, FileSettings settings, CodingSettings coding)
    {
        _settings = settings;
        _coding = coding;
        _root = directory.Length == 0 ? null : new FileRoot(directory);
        Receive<SealedUpload>(Commit);
    }

    /// <summary>A handler for the files in a directory; an empty name is no directory, and every request 404.</summary>
    public static Props Props(string directory, FileSettings settings, CodingSettings coding) =>
        Akka.Actor.Props.Create(typeof(FilesActor), directory, settings, coding)
            .WithDispatcher(ActorHttpSettings.BlockingDispatcher)
            .WithDeploy(Deploy.Local);

    // Without base, which would stop the transfers: they have nothing to do with what failed here.
    protected override void PreRestart(Exception reason, object message) => PostStop();

    // A transfer that throws has lost its place in the file. Its connection sees it stop.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void OnRequest(HttpRequest request)
    {
        if (_root is null)
        {
            if (!_saidThereIsNoRoot)
                _log.Warning("/files was asked for, but no directory is set: it answers 404 (--directory sets one)");
            _saidThereIsNoRoot = true;
            Refuse(request, 404, "No files are served here.");
            return;
        }

        try
        {
            if (FilePath.Parse(request.RouteParameter, out var fault) is not { } path)
                Refuse(request, 400, fault);
            else if (_root.Locate(path) is not { } place)
                Refuse(request, 404, "There is no such file.");
            else
                Serve(request, path, place);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            Reply(Fault(request, e, FileFault.Answer(e)));
        }
    }

    private void Serve(HttpRequest request, FilePath path, string place)
    {
        if (request.Method == RequestMethod.Get || request.Method == RequestMethod.Head)
            Read(request, path, place);
        else if (request.Method == RequestMethod.Delete)
            Delete(request, path, place);
        else
            Write(request, path, place);
    }

    private void Read(HttpRequest request, FilePath path, string place)
    {
        // A directory cannot be opened for reading; what the attempt says of it differs from system to system.
        if (path.IsDirectory || Directory.Exists(place))
        {
            Refuse(request, 404, "There is no such file; this is a directory, or the name of one.");
            return;
        }

        var handle = PlainFile.OpenToRead(place);
        var isHandedOver = false;
        try
        {
            if (PlainFile.Is(handle))
                isHandedOver = Read(request, path, handle);
            else
                Refuse(request, 404, "There is no such file; this is a pipe or a device.");
        }
        finally
        {
            if (!isHandedOver)
                handle.Dispose();
        }
    }

    // True when the handle went to a transfer.
    private bool Read(HttpRequest request, FilePath path, SafeFileHandle handle)
    {
        var version = FileVersion.Of(handle);
        switch (FileVersion.Weigh(request.Headers, isRead: true, version, out var matched))
        {
            case PreconditionOutcome.Failed:
                Refuse(request, 412, "The file is not the one that the condition names.");
                return false;
            case PreconditionOutcome.NotModified:
                var tag = matched == default ? version.Tag : matched;
                var fields = HttpHeaders.Of(("ETag", tag.ToString()), ("Last-Modified", HttpDate.Format(version.Modified)));

                // RFC 9110 §15.4.5: what the 200 would have said of the choice among codings.
                if (_coding.MediaTypes.Contains(MediaTypes.ForName(path.Name)))
                    fields = fields.WithVary(FieldNames.AcceptEncoding);
                Reply(HttpResponse.Empty(request.Exchange, 304, fields));
                return false;
        }

        var headers = HttpHeaders.Of(
            ("Content-Type", MediaTypes.ForName(path.Name)),
            ("ETag", version.Tag.ToString()),
            ("Last-Modified", HttpDate.Format(version.Modified)),
            ("Accept-Ranges", "bytes"));
        var range = new ByteRange(0, version.Length);
        var status = 200;

        // RFC 9110 §14.2: Range is for GET alone.
        if (request.Method == RequestMethod.Get && RangeApplies(request.Headers, version))
        {
            switch (RangeRequest.Resolve(request.Headers["Range"], version.Length, out var wanted))
            {
                case RangeOutcome.NotSatisfiable:
                    var refusal = HttpResponse.Error(request.Exchange, 416, $"The file has {version.Length} bytes; none of them is in the range.");
                    Reply(refusal with { Headers = refusal.Headers.Add("Content-Range", Invariant($"bytes */{version.Length}")) });
                    return false;
                case RangeOutcome.Partial when wanted.Length == 1:
                    range = wanted[0];
                    status = 206;
                    headers = headers.Add("Content-Range", Invariant($"bytes {range.First}-{range.First + range.Length - 1}/{version.Length}"));
                    break;
            }
        }

        return Send(request.Exchange, status, headers, handle, range);
    }

    private bool Send(Exchange exchange, int status, HttpHeaders headers, SafeFileHandle handle, ByteRange range)
    {
        if (range.Length > _settings.ChunkSize)
        {
            var source = Context.ActorOf(FileBodyActor.Props(exchange, handle, range, _settings.ChunkSize));
            Reply(new HttpResponse(exchange, status, headers, ResponseBody.From(source, range.Length)));
            return true;
        }

        var bytes = new byte[range.Length];
        var length = 0;
        while (length < bytes.Length && RandomAccess.Read(handle, bytes.AsSpan(length), range.First + length) is var read and > 0)
            length += read;

        // Cut shorter between the look at its length and the reading: say what there is, in which it is still whole.
        if (length < bytes.Length)
            Refuse(exchange, 503, "The file is being changed.");
        else
            Reply(new HttpResponse(exchange, status, headers, ResponseBody.Of(bytes)));
        return false;
    }

    private static bool RangeApplies(HttpHeaders headers, FileVersion version) =>
        headers.Contains("Range") && (headers["If-Range"] is not { } condition || Preconditions.RangeApplies(condition, version.Tag, version.Modified));

    private void Delete(HttpRequest request, FilePath path, string place)
    {
        if (path.IsDirectory || Directory.Exists(place))
            Refuse(request, 409, "This is a directory, or the name of one; only files can be deleted.");
        else
            DeleteFile(request, place);
    }

    private void DeleteFile(HttpRequest request, string place)
    {
        // Throws where there is no file, and where we may not look; File.Exists says no to both, which would be a 404 for a 403.
        File.GetAttributes(place);
        if (IsConditionBroken(request, place))
        {
            Refuse(request, 412, "The file is not the one that the condition names.");
            return;
        }

        File.Delete(place);
        Reply(HttpResponse.Empty(request.Exchange, 204));
    }

    private void Write(HttpRequest request, FilePath path, string place)
    {
        if (path.IsDirectory || Directory.Exists(place))
            Refuse(request, 409, "This is a directory, or the name of one; a file cannot take its place.");
        else if (request.Headers.Contains("Content-Range"))
            Refuse(request, 400, "A part of a file cannot be stored: Content-Range has no meaning here (RFC 9110 §14.5).");
        else if (!_root!.Exists)
            Refuse(request, 503, "The folder that is served has gone.");
        else if (HasFileForParent(place))
            Refuse(request, 409, "A part of the path is a file, not a directory.");
        else if (IsConditionBroken(request, place))
            Refuse(request, 412, "The file is not the one that the condition names.");
        else
            Context.ActorOf(UploadActor.Props(request, new Upload(place, _settings.FlushToDisk)));
    }

    private void Commit(SealedUpload done)
    {
        try
        {
            Reply(Outcome(done.Request, done.Upload));
        }
        finally
        {
            Context.Stop(Sender);
        }
    }

    private HttpResponse Outcome(HttpRequest request, Upload upload)
    {
        try
        {
            // The file may have changed since the request came in. From here to the rename nobody else writes.
            if (!_root!.Exists)
                return HttpResponse.Error(request.Exchange, 503, "The folder that is served has gone.");
            if (IsConditionBroken(request, upload.Target))
                return HttpResponse.Error(request.Exchange, 412, "The file is not the one that the condition names.");
            return Stored(request, upload.Commit());
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            return Fault(request, e, FileFault.AnswerWrite(e));
        }
        finally
        {
            // Before the answer, so that who reads it finds nothing. What cannot be removed its transfer will try again, and log.
            upload.Discard();
        }
    }

    // POST creates a resource each time (RFC 9110 §9.3.3), PUT tells the difference (§9.3.4).
    private static HttpResponse Stored(HttpRequest request, bool isNew) => request.Method == RequestMethod.Put && !isNew
        ? HttpResponse.Empty(request.Exchange, 204)
        : HttpResponse.Empty(request.Exchange, 201, HttpHeaders.Of(("Location", request.Target.Path)));

    private static bool IsConditionBroken(HttpRequest request, string place) =>
        FileVersion.Weigh(request.Headers, isRead: false, FileVersion.At(place), out _) != PreconditionOutcome.Proceed;

    private static bool HasFileForParent(string place)
    {
        for (var parent = Path.GetDirectoryName(place); parent is not null && !Directory.Exists(parent); parent = Path.GetDirectoryName(parent))
        {
            if (File.Exists(parent))
                return true;
        }

        return false;
    }

    private HttpResponse Fault(HttpRequest request, Exception e, (int Status, string Reason) answer)
    {
        if (answer.Status >= 500)
            _log.Warning("{0} {1} failed: {2}", request.Method, request.Target, e.Message);
        return HttpResponse.Error(request.Exchange, answer.Status, answer.Reason);
    }

    private void Refuse(HttpRequest request, int status, string reason) => Refuse(request.Exchange, status, reason);

    private void Refuse(Exchange exchange, int status, string reason) => Reply(HttpResponse.Error(exchange, status, reason));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

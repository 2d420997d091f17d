using ActorHttp.Handlers.Files.Listings;
using ActorHttp.Handlers.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers.Files;

/// <summary>Lists one folder for one request, beside the files actor: a folder can be large, and its disk slow.</summary>
internal sealed class ListingActor : UntypedActor
{
    private static readonly string[] Offers = ["text/plain", "text/html", "application/json"];

    private readonly HttpRequest _request;
    private readonly FilePath _path;
    private readonly FileRoot _root;
    private readonly FileSettings _settings;

    public ListingActor(HttpRequest request, FilePath path, FileRoot root, FileSettings settings)
    {
        _request = request;
        _path = path;
        _root = root;
        _settings = settings;
    }

    public static Props Props(HttpRequest request, FilePath path, FileRoot root, FileSettings settings) =>
        Akka.Actor.Props.Create(typeof(ListingActor), request, path, root, settings)
            .WithDispatcher(ActorHttpSettings.BlockingDispatcher)
            .WithDeploy(Deploy.Local);

    protected override void PreStart() => Self.Tell(Begin.Instance);

    // The parent's restart has nothing to do with us; what is in the mailbox is still there.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
    }

    protected override void OnReceive(object message)
    {
        if (message is not Begin)
        {
            Unhandled(message);
            return;
        }

        Reply(Answer());
        Context.Stop(Self);
    }

    private HttpResponse Answer()
    {
        try
        {
            return Accept.Select(_request.Headers["Accept"], Offers) switch
            {
                0 => Page("text/plain; charset=utf-8", ListingPage.Text(List())),
                1 => WithPolicy(Page("text/html; charset=utf-8", ListingPage.Html(List()))),
                2 => Page("application/json", ListingPage.Json(List())),
                _ => WithVary(HttpResponse.Error(_request.Exchange, 406, $"A folder is listed as {string.Join(", ", Offers)}.")),
            };
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            return FaultAnswer.To(_request, e, Context.GetLogger());
        }
    }

    private Listing List()
    {
        var place = _root.Locate(_path);
        using var folder = place is null ? null : _root.OpenFolder(place);
        if (folder is null)
            throw new DirectoryNotFoundException("The folder has gone.");
        var entries = new List<ListingEntry>();
        var isTruncated = false;
        foreach (var (name, found) in folder.Entries())
        {
            // Nothing is shown that would not be served.
            if (name.StartsWith(UploadFile.TemporaryPrefix, StringComparison.Ordinal) || (!_settings.ServesDotfiles && _path.Child(name).IsHidden))
                continue;
            var stat = found.Kind == FileKind.Link ? FollowLink(name) : found;
            if (stat is not { Kind: FileKind.File or FileKind.Directory } entry)
                continue;
            if (entries.Count == _settings.ListingEntries)
            {
                isTruncated = true;
                break;
            }

            entries.Add(new ListingEntry(
                FileName.Visible(name), PercentEncoding.Encode(FileName.Encode(name)), entry.Kind == FileKind.Directory, entry.Version.Length, entry.Version.Modified));
        }

        return new Listing(
            Mount(), [.. _path.Segments.Select(FileName.Visible)], entries, ListingOrder.Parse(_request.Target.Query), !_settings.IsReadOnly, isTruncated);
    }

    private FileStat? FollowLink(string name)
    {
        try
        {
            return _root.Look(_path.Child(name));
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            return null;
        }
    }

    // What the path is called before the part that is ours.
    private string Mount()
    {
        var path = PercentEncoding.NormalizeUnreserved(_request.Target.Path);
        var mount = path[..^_request.RouteParameter.Length].Trim('/');
        return mount.Length == 0 ? "/" : mount;
    }

    private HttpResponse Page(string type, byte[] body) => new(
        _request.Exchange,
        200,
        HttpHeaders.Of(("Content-Type", type), ("Cache-Control", "no-cache"), ("X-Content-Type-Options", "nosniff"), ("Vary", "Accept")),
        ResponseBody.Of(body));

    private HttpResponse WithPolicy(HttpResponse page) => page with
    {
        Headers = page.Headers
            .Add("Content-Security-Policy", ListingPage.ContentSecurityPolicy(!_settings.IsReadOnly))
            .Add("Referrer-Policy", "same-origin"),
    };

    private static HttpResponse WithVary(HttpResponse answer) => answer with { Headers = answer.Headers.WithVary("Accept") };

    private void Reply(HttpResponse response) => _request.Exchange.Connection.Tell(response, Self);

    private sealed class Begin : INoSerializationVerificationNeeded
    {
        public static readonly Begin Instance = new();
    }
}

using ActorHttp.Files.Disks;
using ActorHttp.Files.Listings;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Uris;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Reading;

/// <summary>
/// Lists one folder for one request, beside the files actor: a folder can be large, and its disk slow. The folder is read twice:
/// once for the entity tag, which keeps no entry, and once for the page, which is made when it is pulled. So a client that asks
/// for many listings at once holds one in memory, and a 304 makes no page.
/// </summary>
internal sealed class ListingActor : BodySourceActor
{
    // HTML first: it is what programs expect that accept anything and follow links (wget -r, rclone, lftp).
    private static readonly string[] Offers = ["text/html", "text/plain", "application/json"];
    private static readonly string[] Types = ["text/html; charset=utf-8", "text/plain; charset=utf-8", "application/json"];

    // Of every answer, a 304 too: all forms of a listing can be coded.
    private static readonly HttpHeaders Caching = HttpHeaders.Of(("Cache-Control", "no-cache"), ("Vary", "Accept, Accept-Encoding"));

    private readonly HttpRequest _request;
    private readonly FilePath _path;
    private readonly FileRoot _root;
    private readonly FileSettings _settings;
    private readonly CodingSettings _coding;
    private readonly Page _page;

    public ListingActor(HttpRequest request, FilePath path, FileRoot root, FileSettings settings, CodingSettings coding, Page page, DiskSeat seat)
        : base(request.Exchange, seat)
    {
        _page = page;
        _request = request;
        _path = path;
        _root = root;
        _settings = settings;
        _coding = coding;
    }

    public static Props Props(HttpRequest request, FilePath path, FileRoot root, FileSettings settings, CodingSettings coding, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(ListingActor), request, path, root, settings, coding, new Page(Accept.Select(request.Headers["Accept"], Offers)), seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.ReadingDispatcher);

    protected override void PreStart()
    {
        base.PreStart();
        Self.Tell(Begin.Instance);
    }

    protected override void OnReceive(object message)
    {
        if (message is Begin)
            Answer();
        else
            base.OnReceive(message);
    }

    private void Answer()
    {
        if (_page.Offer < 0)
        {
            Reply(HttpResponse.Error(Exchange, 406, $"A folder is listed as {string.Join(", ", Offers)}.").WithVary("Accept"));
            Context.Stop(Self);
            return;
        }

        try
        {
            AnswerWith(Tag());
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            Reply(FaultAnswer.To(_request, e, Context));
            Context.Stop(Self);
        }
    }

    private void AnswerWith(EntityTag tag)
    {
        switch (FileVersion.Weigh(_request.Headers, isRead: true, tag, modified: null, out var matched))
        {
            case PreconditionOutcome.Failed:
                Reply(HttpResponse.Error(Exchange, 412, "The folder is not as the condition says.").WithVary("Accept").WithVary("Accept-Encoding"));
                Context.Stop(Self);
                break;
            case PreconditionOutcome.NotModified:
                // RFC 9110 §15.4.5: the tag that the 200 would have. The connection gives each coding a tag of its own.
                var sent = _request.Headers["If-None-Match"] is "*" ? tag.For(Coding()) : matched;
                Reply(HttpResponse.Empty(Exchange, 304, Caching.Add("ETag", sent.ToString())));
                Context.Stop(Self);
                break;
            default:
                var headers = Caching.Add("Content-Type", Types[_page.Offer]).Add("ETag", tag.ToString()).Add("X-Content-Type-Options", "nosniff");
                if (Offers[_page.Offer] == "text/html")
                    headers = headers.Add("Content-Security-Policy", ListingPage.ContentSecurityPolicy(!_settings.IsReadOnly)).Add("Referrer-Policy", "same-origin");
                Reply(new HttpResponse(Exchange, 200, headers, ResponseBody.From(Self)));
                break;
        }
    }

    protected override void OnPull(PullBody pull)
    {
        try
        {
            _page.Rest ??= Offers[_page.Offer] switch
            {
                "text/html" => ListingPage.Html(List()),
                "application/json" => ListingPage.Json(List()),
                _ => ListingPage.Text(List()),
            };
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            // Nothing has been sent yet, so there is still a status to say it with.
            Sender.Tell(new BodyFailed(Exchange, e.Message), Self);
            Context.Stop(Self);
            return;
        }

        if (_page.Rest is { IsEmpty: true })
        {
            Sender.Tell(new BodyEnd(Exchange), Self);
            Context.Stop(Self);
            return;
        }

        var chunk = _page.Rest.Value[..Math.Min(_settings.ChunkSize, _page.Rest.Value.Length)];
        _page.Rest = _page.Rest.Value[chunk.Length..];
        Sender.Tell(new BodyChunk(Exchange, chunk), Self);
    }

    private ContentCoding Coding() => CodingPlan.For(
        _request.Headers["Accept-Encoding"], 200, HttpHeaders.Of(("Content-Type", Types[_page.Offer])), length: null, CodingChoice.WhenWorthwhile, _coding).Coding;

    private EntityTag Tag()
    {
        var form = $"{Types[_page.Offer]} {ListingOrder.Parse(_request.Target.Query).Query} {_settings.IsReadOnly} {Mount()}";
        var root = _root.Now();
        using var tag = new ListingTag(form, root.Look(_path)?.Version.Modified ?? default);
        return tag.ToTag(Look(root, tag.Add));
    }

    private Listing List()
    {
        var entries = new List<ListingEntry>();
        var isTruncated = Look(_root.Now(), entries.Add);
        return new Listing(
            Mount(), [.. _path.Segments.Select(FileName.Visible)], entries, ListingOrder.Parse(_request.Target.Query), !_settings.IsReadOnly, isTruncated);
    }

    // Answers whether there are more entries than are listed.
    private bool Look(FileRoot root, Action<ListingEntry> take)
    {
        var place = root.Locate(_path);
        using var folder = place is null ? null : root.OpenFolder(place);
        if (folder is null)
            throw new DirectoryNotFoundException("The folder has gone, or may not be read.");
        var count = 0;
        foreach (var (name, found) in folder.Entries())
        {
            // Nothing is shown that would not be served.
            if (!FilePath.IsServed(name) || (!_settings.ServesDotfiles && _path.Child(name).IsHidden))
                continue;
            var stat = found.Kind == FileKind.Link ? FollowLink(root, name) : found;
            if (stat is not { Kind: FileKind.File or FileKind.Directory } entry)
                continue;
            if (count++ == _settings.ListingEntries)
                return true;
            take(new ListingEntry(
                FileName.Visible(name), PercentEncoding.Encode(FileName.Encode(name)), entry.Kind == FileKind.Directory, entry.Version.Length, entry.Version.Modified));
        }

        return false;
    }

    private FileStat? FollowLink(FileRoot root, string name)
    {
        try
        {
            return root.Look(_path.Child(name));
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

    private void Reply(HttpResponse response) => Exchange.Connection.Tell(response, Self);

    /// <summary>What is listed as, and what of it is still to be sent.</summary>
    internal sealed class Page(int offer)
    {
        /// <summary>Which of the types that are offered; less than 0 for none.</summary>
        public int Offer => offer;

        /// <summary>Null before it is made.</summary>
        public ReadOnlyMemory<byte>? Rest { get; set; }
    }

    private sealed class Begin : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Begin Instance = new();
    }
}

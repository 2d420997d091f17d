using ActorHttp.Files.Disks;
using ActorHttp.Files.Listings;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Uris;
using Akka.Actor;

namespace ActorHttp.Files.Reading;

/// <summary>
/// Lists one folder for one request. The folder is read twice. The first time gives the entity tag, without keeping entries in
/// memory. The second time gives the page, when the connection pulls the body. So a client that requests many listings at once
/// causes only one page in memory, and a 304 needs no page.
/// </summary>
internal sealed class ListingActor : BodySourceActor
{
    // HTML is the first offer, because programs such as wget -r, rclone and lftp accept any type but need the links of the HTML
    // page.
    private static readonly string[] Offers = ["text/html", "text/plain", "application/json"];
    private static readonly string[] Types = ["text/html; charset=utf-8", "text/plain; charset=utf-8", "application/json"];

    // The header fields of every answer, including a 304. A listing of any media type can have a content coding.
    private static readonly HttpHeaders Caching = HttpHeaders.Of(("Cache-Control", "no-cache"), ("Vary", "Accept, Accept-Encoding"));

    private readonly HttpRequest _request;
    private readonly FilePath _path;
    private readonly FileRoot _root;
    private readonly FileSettings _settings;
    private readonly CodingSettings _coding;
    private readonly State _state;

    public ListingActor(
        HttpRequest request, FilePath path, FileRoot root, FileSettings settings, CodingSettings coding, State state, DiskSeat seat)
        : base(request.Exchange, seat)
    {
        _state = state;
        _request = request;
        _path = path;
        _root = root;
        _settings = settings;
        _coding = coding;
    }

    public static Props Props(
        HttpRequest request, FilePath path, FileRoot root, FileSettings settings, CodingSettings coding, DiskSeat seat)
    {
        var state = new State(Accept.Select(request.Headers["Accept"], Offers));
        return Akka.Actor.Props.Create(typeof(ListingActor), request, path, root, settings, coding, state, seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.ReadingDispatcher);
    }

    protected override void PreStart()
    {
        base.PreStart();
        BeginWork();
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
        if (_state.Offer < 0)
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
                var refusal = HttpResponse.Error(Exchange, 412, "The folder is not as the condition says.");
                Reply(refusal.WithVary("Accept").WithVary("Accept-Encoding"));
                Context.Stop(Self);
                break;
            case PreconditionOutcome.NotModified:
                // A 304 has the same tag as the 200 (RFC 9110 §15.4.5). The connection gives each content coding of a 200 its own
                // tag.
                var sent = _request.Headers["If-None-Match"] is "*" ? tag.For(Coding()) : matched;
                Reply(HttpResponse.Empty(Exchange, 304, Caching.Add("ETag", sent.ToString())));
                Context.Stop(Self);
                break;
            default:
                var headers = Caching
                    .Add("Content-Type", Types[_state.Offer])
                    .Add("ETag", tag.ToString())
                    .Add("X-Content-Type-Options", "nosniff");
                if (Offers[_state.Offer] == "text/html")
                {
                    headers = headers
                        .Add("Content-Security-Policy", ListingPage.ContentSecurityPolicy(!_settings.IsReadOnly))
                        .Add("Referrer-Policy", "same-origin");
                }

                Reply(new HttpResponse(Exchange, 200, headers, ResponseBody.From(Self)));
                break;
        }
    }

    protected override void OnPull(PullBody pull)
    {
        try
        {
            _state.Rest ??= Offers[_state.Offer] switch
            {
                "text/html" => ListingPage.Html(List()),
                "application/json" => ListingPage.Json(List()),
                _ => ListingPage.Text(List()),
            };
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            // No part of the answer has been sent yet, so the connection can still answer 500.
            Sender.Tell(new BodyFailed(Exchange, e.Message), Self);
            Context.Stop(Self);
            return;
        }

        if (_state.Rest is { IsEmpty: true })
        {
            Sender.Tell(new BodyEnd(Exchange), Self);
            Context.Stop(Self);
            return;
        }

        var chunk = _state.Rest.Value[..Math.Min(_settings.ChunkSize, _state.Rest.Value.Length)];
        _state.Rest = _state.Rest.Value[chunk.Length..];
        Sender.Tell(new BodyChunk(Exchange, chunk), Self);
    }

    private ContentCoding Coding()
    {
        var headers = HttpHeaders.Of(("Content-Type", Types[_state.Offer]));
        var acceptEncoding = _request.Headers["Accept-Encoding"];
        return CodingPlan.For(acceptEncoding, 200, headers, length: null, CodingChoice.WhenWorthwhile, _coding).Coding;
    }

    private EntityTag Tag()
    {
        var form = $"{Types[_state.Offer]} {ListingOrder.Parse(_request.Target.Query).Query} {_settings.IsReadOnly} {Mount()}";
        var root = _root.Now();
        using var tag = new ListingTag(form, root.Look(_path)?.Version.Modified ?? default);
        return tag.ToTag(Look(root, tag.Add));
    }

    private Listing List()
    {
        var entries = new List<ListingEntry>();
        var isTruncated = Look(_root.Now(), entries.Add);
        return new Listing(
            Mount: Mount(),
            Path: [.. _path.Segments.Select(FileName.Visible)],
            Entries: entries,
            Order: ListingOrder.Parse(_request.Target.Query),
            CanWrite: !_settings.IsReadOnly,
            IsTruncated: isTruncated);
    }

    // Passes each entry that is listed to <c>take</c>. Returns whether the folder has more entries than may be listed.
    private bool Look(FileRoot root, Action<ListingEntry> take)
    {
        var place = root.Locate(_path);
        using var folder = place is null ? null : root.OpenFolder(place);
        if (folder is null)
            throw new DirectoryNotFoundException("The folder has gone, or may not be read.");
        var count = 0;
        foreach (var (name, found) in folder.Entries())
        {
            // Skips names that the server does not serve.
            if (!FilePath.IsServed(name) || !_settings.Serves(_path.Child(name)))
                continue;
            var stat = found.Kind == FileKind.Link ? FollowLink(root, name) : found;
            if (stat is not { Kind: FileKind.File or FileKind.Directory } entry)
                continue;
            if (count++ == _settings.ListingEntries)
                return true;
            take(new ListingEntry(
                Name: FileName.Visible(name),
                Href: PercentEncoding.Encode(FileName.Encode(name)),
                IsDirectory: entry.Kind == FileKind.Directory,
                Length: entry.Version.Length,
                Modified: entry.Version.Modified));
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

    // Returns the part of the request path before the parameter of the route.
    private string Mount()
    {
        var path = PercentEncoding.NormalizeUnreserved(_request.Target.Path);
        var mount = path[..^_request.RouteParameter.Length].Trim('/');
        return mount.Length == 0 ? "/" : mount;
    }

    private void Reply(HttpResponse response) => Exchange.Connection.Tell(response, Self);

    /// <summary>The state that survives a restart of the actor.</summary>
    internal sealed class State(int offer)
    {
        /// <summary>The index of the offer that the client accepts; negative when the client accepts none of the offers.</summary>
        public int Offer => offer;

        /// <summary>The bytes of the page that have not been sent; null before the page is rendered.</summary>
        public ReadOnlyMemory<byte>? Rest { get; set; }
    }
}

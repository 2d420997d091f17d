using System.Globalization;
using System.Security.Cryptography;
using ActorHttp.Files.Listings;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Uris;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Reading;

/// <summary>What GET and HEAD come to. An open file that is in it belongs to who gets it.</summary>
internal abstract record ReadOutcome
{
    /// <summary>An answer that is complete.</summary>
    public sealed record Answer(HttpResponse Response) : ReadOutcome;

    /// <summary>An answer whose body is to be read from the file as it is sent.</summary>
    public sealed record Stream(HttpResponse Head, SafeFileHandle Handle, long Length, FilePiece[] Pieces) : ReadOutcome;

    /// <summary>The digest is wanted first, and takes its time.</summary>
    public sealed record Digest(SafeFileHandle Handle, long Length, DigestKey Key) : ReadOutcome;

    /// <summary>The folder is to be listed.</summary>
    public sealed record Listing : ReadOutcome;
}

/// <summary>A digest that was computed for a request, or that the request has to do without. No other is computed for it.</summary>
internal sealed record FileDigested(DigestKey? Key)
{
    /// <summary>The request has to do without.</summary>
    public static readonly FileDigested None = new((DigestKey?)null);
}

/// <summary>Reads files for requests: conditions, ranges, fields (RFC 9110 §13, §14).</summary>
/// <param name="read">Reads the bytes of an open file.</param>
/// <param name="digests">The digests that are known.</param>
internal sealed class FileReader(FileRoot root, FilePieces.ReadFile read, FileSettings settings, CodingSettings coding, DigestCache digests)
{
    private const string NoSuchFile = "There is no such file.";
    private const string EncodedSlash = "%2F";

    /// <exception cref="IOException">
    /// There is no file, or it cannot be read, or not without waiting, where that is what root and reading do (<see cref="WouldWaitException"/>);
    /// likewise <see cref="UnauthorizedAccessException"/>.
    /// </exception>
    public ReadOutcome Read(HttpRequest request, FilePath path, FileDigested? digested = null)
    {
        for (var isAgain = false; ; isAgain = true)
        {
            var now = root.Now();
            try
            {
                return Find(request, path, now, digested);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && !now.Exists)
            {
                // The link to the root was switched, and the old root removed, between the two. One more try finds the new one.
                if (isAgain || now.IsCurrent)
                    return NoRoot(request);
            }
            finally
            {
                now.Release();
            }
        }
    }

    // A root that is missing is a fault of ours, and mostly a short one. With 404 a mirror would delete its copy.
    private static ReadOutcome.Answer NoRoot(HttpRequest request) =>
        new(HttpResponse.Unavailable(request.Exchange, "The folder that is served is not there.", TimeSpan.FromSeconds(1)));

    private ReadOutcome Find(HttpRequest request, FilePath path, FileRoot now, FileDigested? digested)
    {
        if (now.Open(path) is not { } opened)
            return Error(request, 404, NoSuchFile);
        switch (opened.Stat.Kind)
        {
            case not FileKind.Directory when path.Segments.Count == 0:
                opened.Dispose();
                return NoRoot(request);
            case FileKind.File when path.IsDirectory:
                opened.Dispose();
                return Error(request, 404, "There is no such folder; this is a file.");
            case FileKind.File:
                return Read(request, path, opened, now, digested);
            case FileKind.Directory:
                opened.Dispose();
                return ReadFolder(request, path, now, digested);
            default:
                opened.Dispose();
                return Error(request, 404, "There is no such file; this is a pipe or a device.");
        }
    }

    private ReadOutcome ReadFolder(HttpRequest request, FilePath path, FileRoot now, FileDigested? digested)
    {
        // Links in a page are relative to its folder, and mean others without the slash.
        if (!request.Target.Path.EndsWith('/'))
            return new ReadOutcome.Answer(Moved(request));
        foreach (var name in settings.Index)
        {
            if (now.Look(path.Child(name)) is { Kind: FileKind.File } && now.Open(path.Child(name)) is { } index)
                return Read(request, path.Child(name), index, now, digested);
        }

        return settings.ListsFolders
            ? new ReadOutcome.Listing()
            : Error(request, 404, "There is no such file; this is a folder, and folders are not listed here.");
    }

    private ReadOutcome Read(HttpRequest request, FilePath path, OpenedFile opened, FileRoot now, FileDigested? digested)
    {
        var found = FileRepresentation.Of(opened, path, now, read, settings, coding, request.Headers["Accept-Encoding"]);
        ReadOutcome? outcome = null;
        try
        {
            outcome = Weigh(request, path, found) ?? Read(request, path, found, digested);
            return outcome;
        }
        finally
        {
            if (outcome is not (ReadOutcome.Stream or ReadOutcome.Digest))
                found.Dispose();
        }
    }

    // Null where the conditions let the method be performed.
    private ReadOutcome? Weigh(HttpRequest request, FilePath path, FileRepresentation found)
    {
        switch (FileVersion.Weigh(request.Headers, isRead: true, found.Tag, found.Version.Modified, out var matched))
        {
            case PreconditionOutcome.Failed:
                return new ReadOutcome.Answer(WithVary(HttpResponse.Error(request.Exchange, 412, "The file is not the one that the condition names."), found));
            // Somebody may have written in this tick, under the same tag: who has the bytes of before would keep them for good.
            case PreconditionOutcome.NotModified when found.Tag.IsWeak && request.Headers["If-None-Match"] is not "*":
                return null;
            case PreconditionOutcome.NotModified:
                var tag = request.Headers["If-None-Match"] is null or "*" ? TagToSend(request, path, found) : matched;
                var fields = found.Validators.With("ETag", tag.ToString());

                // RFC 9110 §15.4.5: what the 200 would have said of the choice among codings, and of caching.
                if (Varies(found))
                    fields = fields.WithVary("Accept-Encoding");
                return new ReadOutcome.Answer(HttpResponse.Empty(request.Exchange, 304, WithCaching(fields, path)));
            default:
                return null;
        }
    }

    // RFC 9110 §15.4.5: a 304 has the tag that the 200 would have. A 200 is coded by the connection, which gives each coding a
    // tag of its own. A cache that is told the tag of other bytes does not renew those that it has (RFC 9111 §4.3.4).
    private EntityTag TagToSend(HttpRequest request, FilePath path, FileRepresentation found)
    {
        if (WantedDigest(request, found) is not null)
            return found.Tag;
        var headers = Describe(request, path, found);
        return found.Tag.For(CodingPlan.For(request.Headers["Accept-Encoding"], 200, headers, found.Version.Length, CodingChoice.WhenWorthwhile, coding).Coding);
    }

    private ReadOutcome Read(HttpRequest request, FilePath path, FileRepresentation found, FileDigested? digested)
    {
        var length = found.Version.Length;
        var headers = Describe(request, path, found);
        var choice = CodingChoice.WhenWorthwhile;
        if (WantedDigest(request, found) is { } algorithm)
        {
            var identity = LibC.IdentityOf(found.Handle);
            var key = new DigestKey(identity, identity == default ? string.Join('/', path.Segments) : "", found.Tag, algorithm);

            // One that was computed of other bytes says nothing of these; to compute another could go on for ever.
            if (digests.Find(key) is { } digest)
                headers = headers.Add("Repr-Digest", DigestFields.Format(algorithm, digest));
            else if (digested is null)
                return new ReadOutcome.Digest(found.Handle, length, key);

            // RFC 9530 §3: it is of the representation, its coding included. So the connection must not add one.
            choice = CodingChoice.Never;
        }

        // RFC 9110 §14.2: Range is for GET alone.
        if (request.Method != RequestMethod.Get || !RangeApplies(request.Headers, found))
            return Send(new HttpResponse(request.Exchange, 200, headers, ResponseBody.None, choice), found, new ByteRange(0, length));
        switch (RangeRequest.Resolve(request.Headers["Range"], length, out var ranges))
        {
            case RangeOutcome.NotSatisfiable:
                var refusal = HttpResponse.Error(request.Exchange, 416, $"The file has {length} bytes; none of them is in the range.");
                return new ReadOutcome.Answer(WithVary(refusal.With("Content-Range", Invariant($"bytes */{length}")), found));
            case RangeOutcome.Partial when ranges is [var range]:
                headers = headers.Add("Content-Range", Invariant($"bytes {range.First}-{range.Last}/{length}"));
                return Send(new HttpResponse(request.Exchange, 206, headers, ResponseBody.None, choice), found, range);
            case RangeOutcome.Partial:
                // Nobody can have put it into a file: it is of this moment.
                var parts = MultipartByteRanges.Of(ranges, length, found.MediaType, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
                var head = new HttpResponse(request.Exchange, 206, headers.With("Content-Type", parts.ContentType), ResponseBody.None, CodingChoice.Never);
                return new ReadOutcome.Stream(head, found.Handle, parts.Length, FilePiece.Of(parts));
            default:
                return Send(new HttpResponse(request.Exchange, 200, headers, ResponseBody.None, choice), found, new ByteRange(0, length));
        }
    }

    private HttpHeaders Describe(HttpRequest request, FilePath path, FileRepresentation found)
    {
        var headers = HttpHeaders.Of(
            ("Content-Type", found.MediaType),
            ("ETag", found.Tag.ToString()),
            ("Last-Modified", HttpDate.Format(found.Version.Date(DateTimeOffset.UtcNow))),
            ("Accept-Ranges", "bytes"),
            ("X-Content-Type-Options", "nosniff"));
        if (found.Coding != ContentCoding.Identity)
            headers = headers.Add("Content-Encoding", found.Coding.Token());
        if (Varies(found))
            headers = headers.WithVary("Accept-Encoding");
        if (IsDownload(request.Target.Query))
            headers = headers.Add("Content-Disposition", ContentDisposition.Attachment(NameToSave(path)));
        return WithCaching(headers, path);
    }

    // RFC 9110 §12.5.5: whether another Accept-Encoding could have given other bytes. It says the same for the whole, for a part
    // of it and for a 304, and does not depend on which coding was chosen this time.
    private bool Varies(FileRepresentation found) =>
        coding.MediaTypes.Contains(found.MediaType)
        && (settings.Precompressed.Length > 0 || (coding.Order.Length > 0 && found.Version.Length >= coding.MinSize));

    // A backslash is an ordinary character here, and separates folders for the client who saves the file on Windows.
    private static string NameToSave(FilePath path) => FileName.Visible(path.Name).Replace('\\', '_');

    private HttpResponse WithVary(HttpResponse refusal, FileRepresentation found) =>
        Varies(found) ? refusal.WithVary("Accept-Encoding") : refusal;

    private HttpHeaders WithCaching(HttpHeaders headers, FilePath path) =>
        settings.CacheRules.Length > 0 && settings.CacheControl(string.Join('/', path.Segments)) is { } caching
            ? headers.Add("Cache-Control", caching)
            : headers;

    private ReadOutcome Send(HttpResponse head, FileRepresentation found, ByteRange range)
    {
        if (range.Length > settings.ChunkSize)
            return new ReadOutcome.Stream(head, found.Handle, range.Length, [new FilePiece(default, range)]);
        if (range.First + range.Length <= found.Beginning.Length)
            return new ReadOutcome.Answer(head with { Body = ResponseBody.Of(found.Beginning.Slice((int)range.First, (int)range.Length)) });
        var bytes = new byte[range.Length];

        // Cut shorter between the look at its length and the reading: say what there is, in which it is still whole.
        return FilePieces.Read(found.Handle, bytes, range.First, read) < bytes.Length
            ? new ReadOutcome.Answer(HttpResponse.Error(head.Exchange, 503, "The file is being changed."))
            : new ReadOutcome.Answer(head with { Body = ResponseBody.Of(bytes) });
    }

    // Only where the bytes may leave as they are: the digest is of them. Not of a file that may still be written to under the same
    // tag: the digest could be of other bytes than those that are sent.
    private DigestAlgorithm? WantedDigest(HttpRequest request, FileRepresentation found) =>
        request.Headers["Want-Repr-Digest"] is { } wish
        && !found.Tag.IsWeak
        && (settings.DigestSize is not { } most || found.Version.Length <= most)
        && (found.Coding != ContentCoding.Identity || AcceptEncoding.Select(request.Headers["Accept-Encoding"], []) is not null)
            ? DigestFields.Wanted(wish)
            : null;

    private static bool RangeApplies(HttpHeaders headers, FileRepresentation found) =>
        headers.Contains("Range") && (headers["If-Range"] is not { } condition || Preconditions.RangeApplies(condition, found.Tag, found.Version.Modified, DateTimeOffset.UtcNow));

    private static bool IsDownload(string? query)
    {
        foreach (var part in query.AsSpan().Split('&'))
        {
            var named = query.AsSpan()[part];
            if (named is "download" || named.StartsWith("download="))
                return true;
        }

        return false;
    }

    // A relative reference: a proxy may have put a prefix before our path, or taken one away.
    private static HttpResponse Moved(HttpRequest request)
    {
        var name = RelativeReference.ToItself(request.Target.Path);

        // An encoded slash at the end names the folder too, but links would not be relative to it.
        while (name.EndsWith(EncodedSlash, StringComparison.OrdinalIgnoreCase))
            name = name[..^EncodedSlash.Length];
        return HttpResponse.Error(request.Exchange, 301, $"This is a folder: it is at {name}/.")
            .With("Location", request.Target.Query is { } query ? $"{name}/?{query}" : $"{name}/");
    }

    private static ReadOutcome.Answer Error(HttpRequest request, int status, string reason) =>
        new(HttpResponse.Error(request.Exchange, status, reason));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

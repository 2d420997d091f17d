using System.Globalization;
using System.Security.Cryptography;
using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Uris;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Reading;

/// <summary>The result of a read. The receiver must close the open file in the result.</summary>
internal abstract record ReadOutcome
{
    /// <summary>A complete answer.</summary>
    public sealed record Answer(HttpResponse Response) : ReadOutcome;

    /// <summary>An answer whose body is read from the file while the body is sent.</summary>
    /// <param name="Head">The answer without its body.</param>
    /// <param name="Handle">The open file.</param>
    /// <param name="Length">The length of the body, in bytes.</param>
    /// <param name="Pieces">The pieces of the body.</param>
    public sealed record Stream(HttpResponse Head, SafeFileHandle Handle, long Length, FilePiece[] Pieces) : ReadOutcome;

    /// <summary>The answer needs a digest that must be computed first.</summary>
    /// <param name="Handle">The open file.</param>
    /// <param name="Length">The length of the file, in bytes.</param>
    /// <param name="Key">The digest that is needed.</param>
    public sealed record Digest(SafeFileHandle Handle, long Length, DigestKey Key) : ReadOutcome;

    /// <summary>The path is the path of a folder, and the answer is a listing.</summary>
    public sealed record Listing : ReadOutcome;
}

/// <summary>
/// The digest that was computed for a request. The answer has this digest or no digest; the digest is not computed a second time.
/// </summary>
/// <param name="Key">The digest; null when the answer must have no digest.</param>
internal sealed record FileDigested(DigestKey? Key)
{
    /// <summary>The answer must have no digest.</summary>
    public static readonly FileDigested None = new((DigestKey?)null);
}

/// <summary>Reads files for GET and HEAD: preconditions, ranges and header fields (RFC 9110 §13, §14).</summary>
/// <param name="root">The root that is served.</param>
/// <param name="read">The function that reads the bytes of an open file.</param>
/// <param name="settings">The settings of the file server.</param>
/// <param name="coding">The content codings that connections apply.</param>
/// <param name="digests">The cache of the computed digests.</param>
internal sealed class FileReader(FileRoot root, FilePieces.ReadFile read, FileSettings settings, CodingSettings coding, DigestCache digests)
{
    private const string NoSuchFile = "There is no such file.";
    private const string EncodedSlash = "%2F";

    /// <summary>Reads the file, or finds the folder, for a GET or HEAD request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="path">The path in the target of the request.</param>
    /// <param name="digested">The digest that was computed for this request; null when no digest was computed.</param>
    /// <exception cref="IOException">
    /// There is no file, or the file cannot be read. The exception is a <see cref="WouldWaitException"/> when the root and the
    /// read function must not wait for a disk but would have to.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit to read the file.</exception>
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
                // Tries once more when the configured path leads to a new root: the old root may have been removed between
                // root.Now() and Find.
                if (isAgain || now.IsCurrent)
                    return NoFolder(request);
            }
            finally
            {
                now.Release();
            }
        }
    }

    private static ReadOutcome.Answer NoFolder(HttpRequest request) => new(FaultAnswer.ToNoFolder(request));

    private ReadOutcome Find(HttpRequest request, FilePath path, FileRoot now, FileDigested? digested)
    {
        if (now.Open(path) is not { } opened)
            return Error(request, 404, NoSuchFile);
        switch (opened.Stat.Kind)
        {
            case not FileKind.Directory when path.Segments.Count == 0:
                opened.Dispose();
                return NoFolder(request);
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
        // Redirects to the path with a slash at the end. Links in a listing are relative to the folder, and without the slash a
        // browser would resolve them against the parent folder.
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

    // Evaluates the preconditions. Returns null when the request may proceed.
    private ReadOutcome? Weigh(HttpRequest request, FilePath path, FileRepresentation found)
    {
        switch (FileVersion.Weigh(request.Headers, isRead: true, found.Tag, found.Version.Modified, out var matched))
        {
            case PreconditionOutcome.Failed:
                var refusal = HttpResponse.Error(request.Exchange, 412, "The file is not the one that the condition names.");
                return new ReadOutcome.Answer(WithVary(refusal, found));
            // Does not answer 304 for a weak tag. The file may have been written twice in the same tick and so under the same
            // tag, and the client would keep the old bytes.
            case PreconditionOutcome.NotModified when found.Tag.IsWeak && request.Headers["If-None-Match"] is not "*":
                return null;
            case PreconditionOutcome.NotModified:
                var tag = request.Headers["If-None-Match"] is null or "*" ? TagToSend(request, path, found) : matched;
                var fields = found.Validators.With("ETag", tag.ToString());

                // A 304 has the same Vary and Cache-Control as the 200 (RFC 9110 §15.4.5).
                if (Varies(found))
                    fields = fields.WithVary("Accept-Encoding");
                return new ReadOutcome.Answer(HttpResponse.Empty(request.Exchange, 304, WithCaching(fields, path)));
            default:
                return null;
        }
    }

    // Returns the entity tag that the 200 would have, because a 304 must have the same tag (RFC 9110 §15.4.5). The connection
    // applies a content coding to a 200, and each coding has its own tag. With another tag in the 304, a cache would not refresh
    // its copy (RFC 9111 §4.3.4).
    private EntityTag TagToSend(HttpRequest request, FilePath path, FileRepresentation found)
    {
        if (WantedDigest(request, found) is not null)
            return found.Tag;
        var headers = Describe(request, path, found);
        var acceptEncoding = request.Headers["Accept-Encoding"];
        var plan = CodingPlan.For(acceptEncoding, 200, headers, found.Version.Length, CodingChoice.WhenWorthwhile, coding);
        return found.Tag.For(plan.Coding);
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

            // When the file has changed since its digest was computed, the answer has no digest. For a file that changes often,
            // computing a new digest each time would never end.
            if (digests.Find(key) is { } digest)
                headers = headers.Add("Repr-Digest", DigestFields.Format(algorithm, digest));
            else if (digested is null)
                return new ReadOutcome.Digest(found.Handle, length, key);

            // Repr-Digest covers the representation with its content coding (RFC 9530 §3). So the connection must not apply a
            // content coding.
            choice = CodingChoice.Never;
        }

        // Range is defined for GET only (RFC 9110 §14.2).
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
                // The boundary is random, so that no one can prepare a file that contains the boundary.
                var boundary = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
                var parts = MultipartByteRanges.Of(ranges, length, found.MediaType, boundary);
                headers = headers.With("Content-Type", parts.ContentType);
                var head = new HttpResponse(request.Exchange, 206, headers, ResponseBody.None, CodingChoice.Never);
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

    // Whether another Accept-Encoding could lead to other bytes (RFC 9110 §12.5.5). The result is the same for the whole file,
    // for a range and for a 304. The result does not depend on the coding of the current answer.
    private bool Varies(FileRepresentation found) =>
        coding.MediaTypes.Contains(found.MediaType)
        && (settings.Precompressed.Length > 0 || (coding.Order.Length > 0 && found.Version.Length >= coding.MinSize));

    // Replaces backslashes, which are ordinary characters on this system. On Windows, a client that saves the file would treat a
    // backslash as a folder separator.
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

        // The file has become shorter since its length was read. The header fields with the old length would be wrong.
        return FilePieces.Read(found.Handle, bytes, range.First, read) < bytes.Length
            ? new ReadOutcome.Answer(HttpResponse.Error(head.Exchange, 503, "The file is being changed."))
            : new ReadOutcome.Answer(head with { Body = ResponseBody.Of(bytes) });
    }

    // Returns the algorithm of the digest that the client wants; null when the answer has no digest. The digest covers the bytes
    // without a content coding, so a client that does not accept these bytes gets no digest. With a weak tag the file may change
    // under the same tag, so the digest could belong to other bytes than the answer.
    private DigestAlgorithm? WantedDigest(HttpRequest request, FileRepresentation found) =>
        request.Headers["Want-Repr-Digest"] is { } wish
        && !found.Tag.IsWeak
        && (settings.DigestSize is not { } most || found.Version.Length <= most)
        && (found.Coding != ContentCoding.Identity || AcceptEncoding.Select(request.Headers["Accept-Encoding"], []) is not null)
            ? DigestFields.Wanted(wish)
            : null;

    private static bool RangeApplies(HttpHeaders headers, FileRepresentation found) =>
        headers.Contains("Range")
        && Preconditions.RangeApplies(headers["If-Range"], found.Tag, found.Version.Modified, DateTimeOffset.UtcNow);

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

    // Location is a relative reference, because a proxy may have added a prefix to the path or removed a prefix.
    private static HttpResponse Moved(HttpRequest request)
    {
        var name = RelativeReference.ToItself(request.Target.Path);

        // Removes an encoded slash at the end. A path with %2F at the end also leads to the folder, but browsers would resolve
        // the links of the listing against the parent folder.
        while (name.EndsWith(EncodedSlash, StringComparison.OrdinalIgnoreCase))
            name = name[..^EncodedSlash.Length];
        return HttpResponse.Error(request.Exchange, 301, $"This is a folder: it is at {name}/.")
            .With("Location", request.Target.Query is { } query ? $"{name}/?{query}" : $"{name}/");
    }

    private static ReadOutcome.Answer Error(HttpRequest request, int status, string reason) =>
        new(HttpResponse.Error(request.Exchange, status, reason));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

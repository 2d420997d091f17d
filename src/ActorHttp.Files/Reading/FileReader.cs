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

/// <summary>The result of a read. Its receiver must close an open file that is in it.</summary>
internal abstract record ReadOutcome
{
    /// <summary>A complete answer.</summary>
    public sealed record Answer(HttpResponse Response) : ReadOutcome;

    /// <summary>An answer whose body is read from the file while it is sent.</summary>
    /// <param name="Head">The answer without its body.</param>
    /// <param name="Handle">The open file.</param>
    /// <param name="Length">The length of the body, in bytes.</param>
    /// <param name="Pieces">The body.</param>
    public sealed record Stream(HttpResponse Head, SafeFileHandle Handle, long Length, FilePiece[] Pieces) : ReadOutcome;

    /// <summary>A digest has to be computed before the request can be answered.</summary>
    /// <param name="Handle">The open file.</param>
    /// <param name="Length">The length of the file, in bytes.</param>
    /// <param name="Key">The digest.</param>
    public sealed record Digest(SafeFileHandle Handle, long Length, DigestKey Key) : ReadOutcome;

    /// <summary>The path is a folder that has to be listed.</summary>
    public sealed record Listing : ReadOutcome;
}

/// <summary>A digest that was computed for a request. The request gets this digest or none; no other is computed for it.</summary>
/// <param name="Key">The digest; null when the request is answered without one.</param>
internal sealed record FileDigested(DigestKey? Key)
{
    /// <summary>The request is answered without a digest.</summary>
    public static readonly FileDigested None = new((DigestKey?)null);
}

/// <summary>Reads files for requests: conditions, ranges, fields (RFC 9110 §13, §14).</summary>
/// <param name="root">The served folder.</param>
/// <param name="read">Reads the bytes of an open file.</param>
/// <param name="settings">The settings of the file server.</param>
/// <param name="coding">The content codings that connections apply.</param>
/// <param name="digests">The known digests.</param>
internal sealed class FileReader(FileRoot root, FilePieces.ReadFile read, FileSettings settings, CodingSettings coding, DigestCache digests)
{
    private const string NoSuchFile = "There is no such file.";
    private const string EncodedSlash = "%2F";

    /// <summary>Reads for GET or HEAD.</summary>
    /// <param name="request">The request.</param>
    /// <param name="path">The path that it reads.</param>
    /// <param name="digested">The digest that was computed for it; null when none was.</param>
    /// <exception cref="IOException">
    /// There is no file, or the file cannot be read. It is <see cref="WouldWaitException"/> where root and read must not wait and
    /// would have to.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
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
                // Meanwhile the link to the root was switched and the old root removed. One more try finds the new root.
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
        // Links in a page are relative to its folder. Without the slash they would name other files.
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

    // Returns null where the conditions let the method be performed.
    private ReadOutcome? Weigh(HttpRequest request, FilePath path, FileRepresentation found)
    {
        switch (FileVersion.Weigh(request.Headers, isRead: true, found.Tag, found.Version.Modified, out var matched))
        {
            case PreconditionOutcome.Failed:
                var refusal = HttpResponse.Error(request.Exchange, 412, "The file is not the one that the condition names.");
                return new ReadOutcome.Answer(WithVary(refusal, found));
            // The file may have been written again in the same tick, under the same tag. A client with the earlier bytes would keep them.
            case PreconditionOutcome.NotModified when found.Tag.IsWeak && request.Headers["If-None-Match"] is not "*":
                return null;
            case PreconditionOutcome.NotModified:
                var tag = request.Headers["If-None-Match"] is null or "*" ? TagToSend(request, path, found) : matched;
                var fields = found.Validators.With("ETag", tag.ToString());

                // RFC 9110 §15.4.5: a 304 has the Vary and the Cache-Control that the 200 would have.
                if (Varies(found))
                    fields = fields.WithVary("Accept-Encoding");
                return new ReadOutcome.Answer(HttpResponse.Empty(request.Exchange, 304, WithCaching(fields, path)));
            default:
                return null;
        }
    }

    // RFC 9110 §15.4.5: a 304 has the tag that the 200 would have. The connection codes a 200, and gives each coding a tag of its own. A
    // cache that is told another tag does not renew its copy (RFC 9111 §4.3.4).
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

            // When the file has changed since its digest was computed, it is answered without one. Computing again could go on for ever.
            if (digests.Find(key) is { } digest)
                headers = headers.Add("Repr-Digest", DigestFields.Format(algorithm, digest));
            else if (digested is null)
                return new ReadOutcome.Digest(found.Handle, length, key);

            // RFC 9530 §3: the digest is of the representation with its coding. So the connection must not add a coding.
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
                // The boundary is random, so that no file can contain it.
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

    // Whether another Accept-Encoding could have given other bytes (RFC 9110 §12.5.5). The result is the same for the whole file, for a
    // part of it and for a 304, and does not depend on the coding that was chosen this time.
    private bool Varies(FileRepresentation found) =>
        coding.MediaTypes.Contains(found.MediaType)
        && (settings.Precompressed.Length > 0 || (coding.Order.Length > 0 && found.Version.Length >= coding.MinSize));

    // A backslash is an ordinary character on this system. For a client that saves the file on Windows it separates folders.
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

        // The file has become shorter since its length was read. An answer with the old length would be false.
        return FilePieces.Read(found.Handle, bytes, range.First, read) < bytes.Length
            ? new ReadOutcome.Answer(HttpResponse.Error(head.Exchange, 503, "The file is being changed."))
            : new ReadOutcome.Answer(head with { Body = ResponseBody.Of(bytes) });
    }

    // The digest is of the bytes without a coding, so a client that refuses those gets none. A weak tag says that the file may still be
    // written under this tag; then the digest could be of other bytes than those that are sent.
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

    // The reference is relative, because a proxy may have put a prefix before the path, or taken one away.
    private static HttpResponse Moved(HttpRequest request)
    {
        var name = RelativeReference.ToItself(request.Target.Path);

        // An encoded slash at the end also names the folder, but the links of its page would not be relative to the folder.
        while (name.EndsWith(EncodedSlash, StringComparison.OrdinalIgnoreCase))
            name = name[..^EncodedSlash.Length];
        return HttpResponse.Error(request.Exchange, 301, $"This is a folder: it is at {name}/.")
            .With("Location", request.Target.Query is { } query ? $"{name}/?{query}" : $"{name}/");
    }

    private static ReadOutcome.Answer Error(HttpRequest request, int status, string reason) =>
        new(HttpResponse.Error(request.Exchange, status, reason));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

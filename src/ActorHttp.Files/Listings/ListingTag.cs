using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ActorHttp.Semantics;

namespace ActorHttp.Files.Listings;

/// <summary>
/// The entity tag of a listing, from all that it shows: a file that is written to in place changes its own time and not that
/// of its folder, so the folder's time alone would not do. Entries are added in the order in which the folder gives them, and
/// none is kept.
/// </summary>
internal sealed class ListingTag : IDisposable
{
    // In bytes: as many as a cache can never meet twice by chance.
    private const int Length = 12;

    // Another build may make another page of the same entries.
    private static readonly Guid Build = typeof(ListingTag).Module.ModuleVersionId;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <param name="form">The media type, the order, and whatever else the page depends on.</param>
    /// <param name="modified">
    /// When the folder was last changed. It is not shown, but makes another state of one that has gone and come again, between
    /// the tag and the page that is made after it.
    /// </param>
    public ListingTag(string form, DateTimeOffset modified)
    {
        _hash.AppendData(Build.ToByteArray());
        Add(form);
        Add(modified.UtcTicks);
    }

    public void Add(ListingEntry entry)
    {
        Add(entry.Href);
        Add(entry.IsDirectory ? -1 : entry.Length);
        Add(entry.Modified.UtcTicks);
    }

    /// <summary>
    /// It is weak: the page is made a moment later, and may be coded on its way, so that equal tags promise equal listings and
    /// not equal bytes (RFC 9110 §8.8.1). Nothing is lost by that: there are no ranges of a listing, and nothing to be glued.
    /// </summary>
    /// <param name="isTruncated">Whether the folder holds more entries than were added.</param>
    public EntityTag ToTag(bool isTruncated)
    {
        Add(isTruncated ? 1 : 0);
        return new EntityTag(Convert.ToHexStringLower(_hash.GetHashAndReset().AsSpan(0, Length)), IsWeak: true);
    }

    public void Dispose() => _hash.Dispose();

    // With its length: two texts in a row are never another two.
    private void Add(string text)
    {
        Add(text.Length);
        _hash.AppendData(Encoding.UTF8.GetBytes(text));
    }

    private void Add(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
    }
}

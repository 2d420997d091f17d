using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ActorHttp.Semantics;

namespace ActorHttp.Files.Listings;

/// <summary>
/// Computes the entity tag of a listing from everything that the listing shows. The time of the folder alone is not enough: a write
/// to a file changes the time of the file and not of its folder. Entries are added in the order of the folder, and none is kept in
/// memory.
/// </summary>
internal sealed class ListingTag : IDisposable
{
    // In bytes. Two listings never have the same tag by chance.
    private const int Length = 12;

    // The build is part of the tag, because another build may render the same entries differently.
    private static readonly Guid Build = typeof(ListingTag).Module.ModuleVersionId;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <param name="form">The media type, the order, and everything else that the page depends on.</param>
    /// <param name="modified">
    /// The time of the folder's last change. The listing does not show it. It makes the tag differ when an entry has gone and come
    /// again between the tag and the page.
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
    /// Returns the tag. It is weak, because the page is made a moment later and may be coded: equal tags promise equal listings and
    /// not equal bytes (RFC 9110 §8.8.1). A strong tag is not needed, because listings have no ranges.
    /// </summary>
    /// <param name="isTruncated">Whether the folder has more entries than were added.</param>
    public EntityTag ToTag(bool isTruncated)
    {
        Add(isTruncated ? 1 : 0);
        return new EntityTag(Convert.ToHexStringLower(_hash.GetHashAndReset().AsSpan(0, Length)), IsWeak: true);
    }

    public void Dispose() => _hash.Dispose();

    // Adds the length too, so that two texts in a row never equal two other texts.
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

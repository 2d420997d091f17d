using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ActorHttp.Semantics;

namespace ActorHttp.Files.Listings;

/// <summary>
/// Computes the entity tag of a listing from everything that the listing shows. The time of the folder alone is not enough: a
/// write to a file changes the time of the file only. The caller adds the entries in the order of the folder, and this class
/// keeps no entry in memory.
/// </summary>
internal sealed class ListingTag : IDisposable
{
    // The length of the hash in the tag, in bytes. With this length, two listings have the same tag only with negligible
    // probability.
    private const int Length = 12;

    // The identifier of the build is part of the tag, because another build may render the same entries differently.
    private static readonly Guid Build = typeof(ListingTag).Module.ModuleVersionId;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <param name="form">The media type, the order, and all other properties that the page depends on.</param>
    /// <param name="modified">
    /// The time of the folder's last change. The page does not show this time. Example: an entry is removed before the page is
    /// made, and created again after that. Then the entries give the old tag again, but the time gives a new tag.
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
    /// Returns the tag. The tag is weak, because the page is rendered later than the tag and may get a content coding. So equal
    /// tags mean equal listings, but not equal bytes (RFC 9110 §8.8.1). Only ranges would need a strong tag, and listings have no
    /// ranges.
    /// </summary>
    /// <param name="isTruncated">Whether the folder has more entries than the caller has added.</param>
    public EntityTag ToTag(bool isTruncated)
    {
        Add(isTruncated ? 1 : 0);
        return new EntityTag(Convert.ToHexStringLower(_hash.GetHashAndReset().AsSpan(0, Length)), IsWeak: true);
    }

    public void Dispose() => _hash.Dispose();

    // Adds the length before the text. Otherwise two texts could have the same hash as two other texts, for example "a" and "bc",
    // and "ab" and "c".
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

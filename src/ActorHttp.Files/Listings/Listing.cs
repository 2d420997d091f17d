using ActorHttp.Uris;

namespace ActorHttp.Files.Listings;

/// <summary>A file or a folder in a listing.</summary>
/// <param name="Name">The name to display. U+FFFD replaces each byte that is not valid UTF-8.</param>
/// <param name="Href">The bytes of the name, percent-encoded, without a slash at the end.</param>
/// <param name="IsDirectory">Whether the entry is a folder.</param>
/// <param name="Length">The length in bytes. It has no meaning for a folder.</param>
/// <param name="Modified">The time of the last write.</param>
internal sealed record ListingEntry(string Name, string Href, bool IsDirectory, long Length, DateTimeOffset Modified)
{
    /// <summary>The entry as a reference relative to its folder.</summary>
    public string Link
    {
        get
        {
            var reference = RelativeReference.ToName(Href);
            return IsDirectory ? reference + "/" : reference;
        }
    }
}

/// <summary>The entries of a folder, and how they are shown.</summary>
/// <param name="Mount">The name of the served folder.</param>
/// <param name="Path">The names from the served folder down to this folder, for people; none for the served folder itself.</param>
/// <param name="Entries">The entries, in any order.</param>
/// <param name="Order">The order in which they are shown.</param>
/// <param name="CanWrite">Whether files can be uploaded here.</param>
/// <param name="IsTruncated">Whether the folder has more entries than these.</param>
internal sealed record Listing(
    string Mount,
    IReadOnlyList<string> Path,
    IReadOnlyList<ListingEntry> Entries,
    ListingOrder Order,
    bool CanWrite,
    bool IsTruncated)
{
    /// <summary>The entries, in the order in which they are shown.</summary>
    public ListingEntry[] Sorted()
    {
        ListingEntry[] sorted = [.. Entries];
        Array.Sort(sorted, Order.Compare);
        return sorted;
    }
}

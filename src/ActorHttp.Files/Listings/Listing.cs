using ActorHttp.Uris;

namespace ActorHttp.Files.Listings;

/// <summary>A file or a folder in a listing.</summary>
/// <param name="Name">For people: bytes that are no UTF-8 are U+FFFD already.</param>
/// <param name="Href">The name's own bytes, percent-encoded; without a slash at the end.</param>
/// <param name="Length">In bytes; of no meaning for a folder.</param>
/// <param name="Modified">When it was last written to.</param>
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

/// <summary>What a folder holds.</summary>
/// <param name="Mount">What the folder that is served is called.</param>
/// <param name="Path">The names from there down to this folder, for people; none for the served folder itself.</param>
/// <param name="Entries">In any order.</param>
/// <param name="Order">The order to show them in.</param>
/// <param name="CanWrite">Whether files can be uploaded here.</param>
/// <param name="IsTruncated">Whether the folder holds more than these.</param>
internal sealed record Listing(
    string Mount,
    IReadOnlyList<string> Path,
    IReadOnlyList<ListingEntry> Entries,
    ListingOrder Order,
    bool CanWrite,
    bool IsTruncated)
{
    /// <summary>The entries, in the order to show them in.</summary>
    public ListingEntry[] Sorted()
    {
        ListingEntry[] sorted = [.. Entries];
        Array.Sort(sorted, Order.Compare);
        return sorted;
    }
}

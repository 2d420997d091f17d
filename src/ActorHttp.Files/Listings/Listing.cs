using ActorHttp.Uris;

namespace ActorHttp.Files.Listings;

/// <summary>A file or a folder in a listing.</summary>
/// <param name="Name">The name to display. U+FFFD replaces each byte that is not valid UTF-8.</param>
/// <param name="Href">The bytes of the name, percent-encoded, without a slash at the end.</param>
/// <param name="IsDirectory">Whether the entry is a directory.</param>
/// <param name="Length">The length in bytes. The value has no meaning for a directory.</param>
/// <param name="Modified">The time of the last write.</param>
internal sealed record ListingEntry(string Name, string Href, bool IsDirectory, long Length, DateTimeOffset Modified)
{
    /// <summary>The reference to the entry, relative to the folder of the listing.</summary>
    public string Link
    {
        get
        {
            var reference = RelativeReference.ToName(Href);
            return IsDirectory ? reference + "/" : reference;
        }
    }
}

/// <summary>The entries of a folder, with the settings of the page that shows the entries.</summary>
/// <param name="Mount">
/// The part of the request path before the parameter of the route. The page shows this part as the name of the root.
/// </param>
/// <param name="Path">The names of the folders from the root down to the listed folder, for display. Empty for the root.</param>
/// <param name="Entries">The entries, in any order.</param>
/// <param name="Order">The order in which the page shows the entries.</param>
/// <param name="CanWrite">Whether clients can upload files to the folder.</param>
/// <param name="IsTruncated">Whether the folder has more entries than <paramref name="Entries"/>.</param>
internal sealed record Listing(
    string Mount,
    IReadOnlyList<string> Path,
    IReadOnlyList<ListingEntry> Entries,
    ListingOrder Order,
    bool CanWrite,
    bool IsTruncated)
{
    /// <summary>Returns the entries in the order of the page.</summary>
    public ListingEntry[] Sorted()
    {
        ListingEntry[] sorted = [.. Entries];
        Array.Sort(sorted, Order.Compare);
        return sorted;
    }
}

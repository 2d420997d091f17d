using System.Globalization;
using System.Text;

namespace ActorHttp.Files.Listings;

/// <summary>
/// Renders a listing as plain text, for terminals and for tools such as awk. Each entry has one line: its size in bytes, the time
/// of its last change, its name.
/// </summary>
internal static class TextListing
{
    // The text in the size column of a folder. The text is not a number, so that a script does not add it to the sizes of files.
    private const string NoSize = "-";

    public static byte[] Render(Listing listing)
    {
        var sizes = listing.Sorted().Select(entry => (Entry: entry, Size: Size(entry))).ToArray();
        var width = sizes.Select(line => line.Size.Length).DefaultIfEmpty().Max();
        var text = new StringBuilder();
        foreach (var (entry, size) in sizes)
        {
            text.Append(size.PadLeft(width)).Append("  ").Append(ListingPage.Timestamp(entry.Modified)).Append("  ");
            text.Append(VisibleText.Of(entry.Name)).Append(entry.IsDirectory ? "/\n" : "\n");
        }

        if (listing.IsTruncated)
            text.Append(CultureInfo.InvariantCulture, $"# Only the first {listing.Entries.Count} entries are shown.\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Size(ListingEntry entry) => entry.IsDirectory ? NoSize : entry.Length.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;

namespace ActorHttp.Files.Listings;

/// <summary>
/// Renders the HTML page of a folder. The page shows the table of entries without the script, because the script only uploads
/// files.
/// </summary>
internal static class HtmlListing
{
    // The typical size of the page without entries, and the typical size of one entry, in bytes. The first size of the buffer is
    // computed from both sizes.
    private const int Frame = 16 * 1024;
    private const int TypicalEntry = 320;

    // The most parent folders with a link in the breadcrumbs.
    private const int MostFoldersUp = 64;

    private static readonly (ListingColumn Column, string Title, string Class, bool IsDescendingFirst)[] Columns =
    [
        (ListingColumn.Name, "Name", "name", false),

        // The first click on size or date sorts in descending order, because users look for the largest or the latest files.
        (ListingColumn.Size, "Size", "size", true),
        (ListingColumn.Date, "Modified (UTC)", "date", true),
    ];

    public static byte[] Render(Listing listing)
    {
        var page = new HtmlWriter(Frame + (TypicalEntry * listing.Entries.Count));
        WriteHead(page, listing);
        page.Write("<body>\n<main>\n"u8);
        WriteBreadcrumbs(page, listing);
        if (listing.CanWrite)
            WriteUpload(page);
        WriteTable(page, listing);
        page.Write("</main>\n"u8);
        if (listing.CanWrite)
        {
            page.Write("<p class=\"drop\" aria-hidden=\"true\">Drop files to upload them here</p>\n<script>"u8);
            page.Write(ListingAssets.Script);
            page.Write("</script>\n"u8);
        }

        page.Write("</body>\n</html>\n"u8);
        return page.ToArray();
    }

    private static void WriteHead(HtmlWriter page, Listing listing)
    {
        page.Write(
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <link rel="icon" href="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAMAAAAoLQ9TAAAACVBMVEUAAACweh7gpTomk2PJAAAAAXRSTlMAQObYZgAAABtJREFUeNpjYCADMEIAYQGEOIYAEwqgmwAhAABmlwDvK4hXJwAAAABJRU5ErkJggg==">

            """u8);
        page.Write($"<title>{string.Join('/', [listing.Mount, .. listing.Path])}/</title>\n<style>");
        page.Write(ListingAssets.Style);
        page.Write("</style>\n</head>\n"u8);
    }

    private static void WriteBreadcrumbs(HtmlWriter page, Listing listing)
    {
        string[] names = [listing.Mount, .. listing.Path];
        page.Write("<nav aria-label=\"Breadcrumbs\">\n<h1>"u8);
        for (var i = 0; i < names.Length - 1; i++)
        {
            // A link to a higher parent folder has more "../" parts. With links to all parent folders, the page would grow with
            // the square of the depth.
            if (names.Length - 1 - i > MostFoldersUp)
            {
                page.Write($"<bdi>{names[i]}</bdi><span class=\"slash\">/</span><wbr>");
                continue;
            }

            var up = string.Concat(Enumerable.Repeat("../", names.Length - 1 - i));
            page.Write($"<a href=\"{up}\"><bdi>{names[i]}</bdi></a><span class=\"slash\">/</span><wbr>");
        }

        page.Write($"<span aria-current=\"page\"><bdi>{names[^1]}</bdi></span><span class=\"slash\">/</span></h1>\n</nav>\n");
    }

    // Writes the upload section. The section is hidden until the script shows the section, because uploads need the script.
    private static void WriteUpload(HtmlWriter page) => page.Write(
        """
        <section id="upload" aria-label="Upload" hidden>
        <p><input type="file" id="files" multiple><label for="files">Upload files</label> <span class="hint">or drop them anywhere on this page</span></p>
        <ul id="transfers" aria-label="Uploads"></ul>
        <p><span id="status" role="status" aria-live="polite"></span> <button type="button" id="reload" hidden>Reload the list</button></p>
        <template id="transfer"><li><bdi class="what"></bdi><progress max="1" value="0"></progress><span class="share">waiting</span><button type="button">Cancel</button></li></template>
        </section>

        """u8);

    private static void WriteTable(HtmlWriter page, Listing listing)
    {
        if (listing.IsTruncated)
            page.Write($"<p class=\"truncated\">Only the first {Number(listing.Entries.Count)} entries are shown.</p>\n");
        if (listing.Entries.Count == 0)
            page.Write("<table aria-label=\"Contents\">\n"u8);
        else
            page.Write($"<table>\n<caption>{Summary(listing.Entries)}</caption>\n");
        page.Write("<thead>\n<tr>\n"u8);
        foreach (var (column, title, style, isDescendingFirst) in Columns)
        {
            var isCurrent = listing.Order.Column == column;
            var next = new ListingOrder(column, isCurrent ? !listing.Order.IsDescending : isDescendingFirst);
            page.Write($"<th scope=\"col\" class=\"{style}\"");
            if (isCurrent)
                page.Write($" aria-sort=\"{(listing.Order.IsDescending ? "descending" : "ascending")}\"");

            // The link has rel=nofollow: a page in another order has the same entries, so programs that follow links need not
            // load that page.
            page.Write($"><a rel=\"nofollow\" href=\"{next.Query}\">{title}</a></th>\n");
        }

        page.Write("</tr>\n</thead>\n<tbody>\n"u8);
        if (listing.Path.Count > 0)
        {
            page.Write("<tr><th scope=\"row\"><a class=\"up\" href=\"../\" aria-label=\".. (the folder above)\">..</a></th>"u8);
            page.Write("<td></td><td></td></tr>\n"u8);
        }

        if (listing.Entries.Count == 0)
            page.Write("<tr><td colspan=\"3\" class=\"empty\">This folder is empty.</td></tr>\n"u8);
        foreach (var entry in listing.Sorted())
            WriteEntry(page, entry);
        page.Write("</tbody>\n</table>\n"u8);
    }

    private static void WriteEntry(HtmlWriter page, ListingEntry entry)
    {
        page.Write(
            $"<tr><th scope=\"row\"><a class=\"{(entry.IsDirectory ? "folder" : "file")}\" href=\"{entry.Link}\"><bdi>{entry.Name}</bdi>");
        if (entry.IsDirectory)
        {
            page.Write("/</a></th><td></td>"u8);
        }
        else
        {
            page.Write($"</a></th><td class=\"size\"><data value=\"{entry.Length}\" title=\"{VisibleSize.Exact(entry.Length)}\">");
            page.Write($"{VisibleSize.Of(entry.Length)}</data></td>");
        }

        var minute = entry.Modified.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        page.Write($"<td class=\"date\"><time datetime=\"{ListingPage.Timestamp(entry.Modified)}\">{minute}</time></td></tr>\n");
    }

    private static string Summary(IReadOnlyList<ListingEntry> entries)
    {
        var folders = entries.Count(entry => entry.IsDirectory);
        var files = entries.Count - folders;

        // The sum is a double, because the total size of sparse files can exceed a long. The cast to long then gives the largest
        // long.
        var size = VisibleSize.Of((long)entries.Where(entry => !entry.IsDirectory).Sum(entry => (double)entry.Length));
        return (folders, files) switch
        {
            (_, 0) => Count(folders, "folder"),
            (0, _) => $"{Count(files, "file")}, {size}",
            _ => $"{Count(folders, "folder")} and {Count(files, "file")}, {size}",
        };
    }

    private static string Count(int count, string what) => $"{Number(count)} {what}{(count == 1 ? "" : "s")}";

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}

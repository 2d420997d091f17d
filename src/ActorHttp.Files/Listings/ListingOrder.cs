namespace ActorHttp.Files.Listings;

/// <summary>The columns by which a listing can be sorted.</summary>
internal enum ListingColumn
{
    Name,
    Size,
    Date,
}

/// <summary>
/// The order of a listing. The default order is by name, ascending. Folders come before files, except in the order by date, where
/// users look for the latest change. Entries that are equal in the column are ordered by name, ascending.
/// </summary>
internal readonly record struct ListingOrder(ListingColumn Column, bool IsDescending)
{
    /// <summary>The order as a query, in the format that <see cref="Parse"/> accepts.</summary>
    public string Query => Column switch
    {
        ListingColumn.Size => IsDescending ? "?sort=size&order=desc" : "?sort=size&order=asc",
        ListingColumn.Date => IsDescending ? "?sort=date&order=desc" : "?sort=date&order=asc",
        _ => IsDescending ? "?sort=name&order=desc" : "?sort=name&order=asc",
    };

    /// <summary>
    /// Parses <c>sort=name|size|date</c> and <c>order=asc|desc</c> in a query without its question mark. When a parameter is
    /// repeated, the first one counts. Other parameters and values are ignored.
    /// </summary>
    public static ListingOrder Parse(string? query)
    {
        ListingColumn? column = null;
        bool? isDescending = null;
        foreach (var range in query.AsSpan().Split('&'))
        {
            switch (query.AsSpan()[range])
            {
                case "sort=name":
                    column ??= ListingColumn.Name;
                    break;
                case "sort=size":
                    column ??= ListingColumn.Size;
                    break;
                case "sort=date":
                    column ??= ListingColumn.Date;
                    break;
                case "order=asc":
                    isDescending ??= false;
                    break;
                case "order=desc":
                    isDescending ??= true;
                    break;
            }
        }

        return new ListingOrder(column ?? ListingColumn.Name, isDescending ?? false);
    }

    /// <summary>
    /// Returns a negative number when <paramref name="a"/> comes before <paramref name="b"/>, and a positive number when it comes
    /// after.
    /// </summary>
    public int Compare(ListingEntry a, ListingEntry b)
    {
        if (Column != ListingColumn.Date && a.IsDirectory != b.IsDirectory)
            return a.IsDirectory ? -1 : 1;
        var order = Column switch
        {
            // Folders are not ordered by size, because the size of a folder does not include the sizes of its files.
            ListingColumn.Size => a.IsDirectory ? 0 : a.Length.CompareTo(b.Length),
            ListingColumn.Date => a.Modified.CompareTo(b.Modified),
            _ => NameOrder.Compare(a.Name, b.Name),
        };
        if (IsDescending)
            order = -order;
        if (order == 0)
            order = NameOrder.Compare(a.Name, b.Name);

        // Two different names that are not UTF-8 can have the same text for display. Their references differ.
        return order != 0 ? order : string.CompareOrdinal(a.Href, b.Href);
    }
}

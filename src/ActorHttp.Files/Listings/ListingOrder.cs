namespace ActorHttp.Files.Listings;

/// <summary>What a listing can be sorted by.</summary>
internal enum ListingColumn
{
    Name,
    Size,
    Date,
}

/// <summary>
/// The order of a listing; the default is that of names, ascending. Folders come before files, but for the order of dates:
/// who sorts by date looks for what has just changed, whatever it is. Where two are equal their names decide, ascending.
/// </summary>
internal readonly record struct ListingOrder(ListingColumn Column, bool IsDescending)
{
    /// <summary>The order as a reference to the same page: what <see cref="Parse"/> reads.</summary>
    public string Query => Column switch
    {
        ListingColumn.Size => IsDescending ? "?sort=size&order=desc" : "?sort=size&order=asc",
        ListingColumn.Date => IsDescending ? "?sort=date&order=desc" : "?sort=date&order=asc",
        _ => IsDescending ? "?sort=name&order=desc" : "?sort=name&order=asc",
    };

    /// <summary>
    /// Reads <c>sort=name|size|date</c> and <c>order=asc|desc</c> from a query without its question mark. The first of each
    /// counts; what is anything else is as if it were absent.
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

    /// <summary>Less than zero when <paramref name="a"/> stands before <paramref name="b"/>.</summary>
    public int Compare(ListingEntry a, ListingEntry b)
    {
        if (Column != ListingColumn.Date && a.IsDirectory != b.IsDirectory)
            return a.IsDirectory ? -1 : 1;
        var order = Column switch
        {
            // The size of a folder says nothing of what is in it.
            ListingColumn.Size => a.IsDirectory ? 0 : a.Length.CompareTo(b.Length),
            ListingColumn.Date => a.Modified.CompareTo(b.Modified),
            _ => NameOrder.Compare(a.Name, b.Name),
        };
        if (IsDescending)
            order = -order;
        if (order == 0)
            order = NameOrder.Compare(a.Name, b.Name);

        // Names that are no UTF-8 can look the same.
        return order != 0 ? order : string.CompareOrdinal(a.Href, b.Href);
    }
}

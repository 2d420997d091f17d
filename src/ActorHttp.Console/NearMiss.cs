namespace ActorHttp.ConsoleHost;

/// <summary>Finds the existing name that a user probably meant with a name that does not exist.</summary>
internal static class NearMiss
{
    // Two edits are a pair of swapped letters, or two letters that are missing, added or wrong.
    private const int MostEdits = 2;

    /// <summary>Returns the nearest of the names; null when none is near.</summary>
    public static string? Of(string name, IEnumerable<string> names)
    {
        var normalized = Normalized(name);
        var (nearest, edits) = names.Select(each => (each, Edits(normalized, Normalized(each)))).MinBy(each => each.Item2);
        return edits <= MostEdits ? nearest : null;
    }

    /// <summary>Returns the letters and digits of a name, in lower case. Users mistake the separators of words most often.</summary>
    public static string Normalized(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();

    // Computes the Levenshtein distance, row by row.
    private static int Edits(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[right.Length];
    }
}

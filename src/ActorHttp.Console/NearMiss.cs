namespace ActorHttp.ConsoleHost;

/// <summary>Finds the name that a user probably meant, for a misspelled name.</summary>
internal static class NearMiss
{
    // Two edits cover two swapped letters, or two letters that are missing, extra or wrong.
    private const int MostEdits = 2;

    /// <summary>Returns the most similar of <paramref name="names"/>; null when no name is similar enough.</summary>
    public static string? Of(string name, IEnumerable<string> names)
    {
        var normalized = Normalized(name);
        var (nearest, edits) = names.Select(each => (each, Edits(normalized, Normalized(each)))).MinBy(each => each.Item2);
        return edits <= MostEdits ? nearest : null;
    }

    /// <summary>
    /// Returns the letters and digits of a name in lower case. Other characters are removed, because users most often confuse the
    /// separators between words.
    /// </summary>
    public static string Normalized(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();

    // Computes the Levenshtein distance, one row of the matrix after the other.
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

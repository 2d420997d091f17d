using System.Buffers;

namespace ActorHttp.Files.Listings;

/// <summary>
/// Makes names safe to show. A name can have any character except <c>/</c> and NUL. A terminal executes escape sequences, a line
/// break makes two entries of one, and a change of direction shows <c>gpj.exe</c> as <c>exe.jpg</c>.
/// </summary>
internal static class VisibleText
{
    private const char Delete = '\u007F';
    private const char LineSeparator = '\u2028';
    private const char ParagraphSeparator = '\u2029';

    // ␀, the first of the control pictures, which are in the order of the controls. ␡ and ␤ come after them.
    private const char PictureOfNull = '\u2400';
    private const char PictureOfDelete = '\u2421';
    private const char PictureOfNewLine = '\u2424';
    private const char Replacement = '\uFFFD';

    private static readonly SearchValues<char> Unfit = SearchValues.Create(
        [.. Range('\0', '\u001F'), .. Range(Delete, '\u009F'), LineSeparator, ParagraphSeparator, .. Bidirectional]);

    /// <summary>
    /// The characters that embed, override or isolate a direction. The marks U+200E and U+200F are not among them: they move no
    /// other letters, and Arabic and Hebrew names contain them.
    /// </summary>
    public static IEnumerable<char> Bidirectional => [.. Range('\u202A', '\u202E'), .. Range('\u2066', '\u2069')];

    /// <summary>The text with a visible replacement for each character that has an effect instead of a shape.</summary>
    public static string Of(string text) => !text.AsSpan().ContainsAny(Unfit)
        ? text
        : string.Create(text.Length, text, (visible, original) =>
        {
            for (var i = 0; i < visible.Length; i++)
                visible[i] = Unfit.Contains(original[i]) ? Picture(original[i]) : original[i];
        });

    private static char Picture(char c) => c switch
    {
        < ' ' => (char)(PictureOfNull + c),
        Delete => PictureOfDelete,
        LineSeparator or ParagraphSeparator => PictureOfNewLine,
        _ => Replacement,
    };

    private static IEnumerable<char> Range(char first, char last) => Enumerable.Range(first, last - first + 1).Select(c => (char)c);
}

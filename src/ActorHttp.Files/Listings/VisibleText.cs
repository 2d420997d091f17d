using System.Buffers;

namespace ActorHttp.Files.Listings;

/// <summary>
/// Names as they can be shown. A file may be called anything but <c>/</c> and NUL; on a terminal an escape sequence is an
/// order, a line break makes two entries of one, and an override of direction makes <c>gpj.exe</c> of <c>exe.jpg</c>.
/// </summary>
internal static class VisibleText
{
    private const char Delete = '\u007F';
    private const char LineSeparator = '\u2028';
    private const char ParagraphSeparator = '\u2029';

    // ␀, the first of the pictures of the controls, which stand in the order of these; ␡ and ␤ are beyond them.
    private const char PictureOfNull = '\u2400';
    private const char PictureOfDelete = '\u2421';
    private const char PictureOfNewLine = '\u2424';
    private const char Replacement = '\uFFFD';

    private static readonly SearchValues<char> Unfit = SearchValues.Create(
        [.. Range('\0', '\u001F'), .. Range(Delete, '\u009F'), LineSeparator, ParagraphSeparator, .. Bidirectional]);

    /// <summary>
    /// The characters that embed, override or isolate a direction. Not the marks U+200E and U+200F, which move no other
    /// letters and are at home in Arabic and Hebrew names.
    /// </summary>
    public static IEnumerable<char> Bidirectional => [.. Range('\u202A', '\u202E'), .. Range('\u2066', '\u2069')];

    /// <summary>The text with something to see in place of each character that would do something instead.</summary>
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

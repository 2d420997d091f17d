using System.Buffers;

namespace ActorHttp.Files.Listings;

/// <summary>
/// Makes names safe to display. A name can contain any character except <c>/</c> and NUL. Some characters are dangerous. A
/// terminal executes escape sequences. A line break makes one entry look like two entries. A change of direction displays
/// <c>gpj.exe</c> as <c>exe.jpg</c>.
/// </summary>
internal static class VisibleText
{
    private const char Delete = '\u007F';
    private const char LineSeparator = '\u2028';
    private const char ParagraphSeparator = '\u2029';

    // The control pictures of Unicode begin with ␀ and have the same order as the control characters. ␡ and ␤ come after them.
    private const char PictureOfNull = '\u2400';
    private const char PictureOfDelete = '\u2421';
    private const char PictureOfNewLine = '\u2424';
    private const char Replacement = '\uFFFD';

    private static readonly SearchValues<char> Unfit = SearchValues.Create(
        [.. Range('\0', '\u001F'), .. Range(Delete, '\u009F'), LineSeparator, ParagraphSeparator, .. Bidirectional]);

    /// <summary>
    /// The characters that embed, override or isolate a text direction. The list omits the marks U+200E and U+200F: these marks
    /// do not move other letters, and Arabic and Hebrew names contain these marks.
    /// </summary>
    public static IEnumerable<char> Bidirectional => [.. Range('\u202A', '\u202E'), .. Range('\u2066', '\u2069')];

    /// <summary>Returns the text with a visible replacement for each control character, line separator and change of direction.</summary>
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

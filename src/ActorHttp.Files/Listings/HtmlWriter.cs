using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace ActorHttp.Files.Listings;

/// <summary>
/// Writes HTML in UTF-8 from interpolated strings. The literal parts of the string are markup. The interpolated values are text:
/// Write replaces invisible characters and escapes the text for content and for quoted attributes. So callers cannot forget to
/// escape a value.
/// </summary>
internal sealed class HtmlWriter(int expectedLength)
{
    // Does not escape the letters of any script. The default encoder would write most letters outside ASCII as references of six
    // or more bytes.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly ArrayBufferWriter<byte> _page = new(expectedLength);

    /// <summary>Writes markup with escaped values.</summary>
    public void Write([InterpolatedStringHandlerArgument("")] Markup markup) =>
        // Discards the argument, because the interpolated string handler has already written the markup.
        _ = markup;

    /// <summary>Writes markup without changes.</summary>
    public void Write(ReadOnlySpan<byte> markup) => _page.Write(markup);

    public byte[] ToArray() => _page.WrittenSpan.ToArray();

    private void Raw(ReadOnlySpan<char> text) => Encoding.UTF8.GetBytes(text, _page);

    /// <summary>The interpolated string handler that <see cref="Write(Markup)"/> uses.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Markup
    {
        private readonly HtmlWriter _writer;

        public Markup(int literalLength, int formattedCount, HtmlWriter writer)
        {
            _ = (literalLength, formattedCount);
            _writer = writer;
        }

        public void AppendLiteral(string markup) => _writer.Raw(markup);

        public void AppendFormatted(string text) => _writer.Raw(Encoder.Encode(VisibleText.Of(text)));

        public void AppendFormatted(long number) => _writer.Raw(number.ToString(CultureInfo.InvariantCulture));
    }
}

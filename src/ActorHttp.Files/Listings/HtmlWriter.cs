using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace ActorHttp.Files.Listings;

/// <summary>
/// Writes HTML in UTF-8. The literal parts of an interpolated string are markup. Its values are text, which is made visible and
/// escaped, for content and for quoted attributes. So no caller can forget to escape.
/// </summary>
internal sealed class HtmlWriter(int expectedLength)
{
    // Letters of every script stay as they are. The default encoder would write most of them as references of six bytes and more.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly ArrayBufferWriter<byte> _page = new(expectedLength);

    /// <summary>Writes markup with escaped values.</summary>
    public void Write([InterpolatedStringHandlerArgument("")] Markup markup) =>
        // The interpolated string handler has written it already.
        _ = markup;

    /// <summary>Writes markup without a change.</summary>
    public void Write(ReadOnlySpan<byte> markup) => _page.Write(markup);

    public byte[] ToArray() => _page.WrittenSpan.ToArray();

    private void Raw(ReadOnlySpan<char> text) => Encoding.UTF8.GetBytes(text, _page);

    /// <summary>The interpolated string handler of <see cref="Write(Markup)"/>.</summary>
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

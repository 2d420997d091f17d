using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace ActorHttp.Files.Listings;

/// <summary>
/// HTML in UTF-8. What is written between the holes of an interpolated string is markup; what comes through a hole is text,
/// made visible and escaped, as content or as a quoted attribute. So there is no way to forget it.
/// </summary>
internal sealed class HtmlWriter(int expectedLength)
{
    // Letters of every script stay as they are; the default would write most as references of six bytes and more.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly ArrayBufferWriter<byte> _page = new(expectedLength);

    /// <summary>Markup with text in its holes.</summary>
    public void Write([InterpolatedStringHandlerArgument("")] Markup markup)
    {
        // The handler has written it.
        _ = markup;
    }

    /// <summary>Markup as it is.</summary>
    public void Write(ReadOnlySpan<byte> markup) => _page.Write(markup);

    public byte[] ToArray() => _page.WrittenSpan.ToArray();

    private void Raw(ReadOnlySpan<char> text) => Encoding.UTF8.GetBytes(text, _page);

    /// <summary>What the compiler makes of an interpolated string that is given to <see cref="Write(Markup)"/>.</summary>
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

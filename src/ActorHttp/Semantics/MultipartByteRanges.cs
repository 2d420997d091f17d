using System.Globalization;
using System.Text;

namespace ActorHttp.Semantics;

/// <summary>
/// What stands around the parts of a 206 for several ranges (RFC 9110 §14.6, §15.3.7.2): before each part its head, behind
/// the last one the closing delimiter. The fields of the answer itself have no Content-Range then.
/// </summary>
internal sealed class MultipartByteRanges
{
    private readonly byte[][] _heads;

    private MultipartByteRanges(ByteRange[] ranges, byte[][] heads, string boundary)
    {
        Ranges = ranges;
        _heads = heads;
        Closing = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        ContentType = $"multipart/byteranges; boundary={boundary}";
    }

    /// <summary>The parts, in the order in which they are sent.</summary>
    public ByteRange[] Ranges { get; }

    /// <summary>What follows the last part's bytes.</summary>
    public byte[] Closing { get; }

    /// <summary>The value of the answer's Content-Type.</summary>
    public string ContentType { get; }

    /// <summary>The length of the answer's body in bytes: the parts and all that is around them.</summary>
    public long Length => checked(_heads.Sum(head => (long)head.Length) + Ranges.Sum(range => range.Length) + Closing.Length);

    /// <summary>The frame for these ranges of a representation of <paramref name="completeLength"/> bytes.</summary>
    /// <param name="contentType">The type of the representation, which each part repeats.</param>
    /// <param name="boundary">
    /// One to 70 letters, digits and any of "'+_-." (RFC 2046 §5.1.1). It must not occur in the parts; nobody looks for it in
    /// them, so it has to be one that cannot be guessed.
    /// </param>
    /// <exception cref="ArgumentException">There are no ranges, or a text cannot stand where it would.</exception>
    public static MultipartByteRanges Of(ByteRange[] ranges, long completeLength, string contentType, string boundary)
    {
        if (ranges.Length == 0)
        {
            throw new ArgumentException("There are no ranges.", nameof(ranges));
        }

        // What needs no quotes in the field: RFC 2046 has more, and some clients do not read the quotes.
        if (boundary.Length is < 1 or > 70 || !boundary.All(c => char.IsAsciiLetterOrDigit(c) || "'+_-.".Contains(c)))
        {
            throw new ArgumentException($"\"{boundary}\" cannot be a boundary.", nameof(boundary));
        }

        if (contentType.Length == 0 || !contentType.All(c => c is >= ' ' and <= '~'))
        {
            throw new ArgumentException("This cannot stand in a Content-Type field.", nameof(contentType));
        }

        var heads = new byte[ranges.Length][];
        for (var i = 0; i < heads.Length; i++)
        {
            // RFC 2046 §5.1.1: the line end before a delimiter is the delimiter's, not the part's. The first has none.
            heads[i] = Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"{(i == 0 ? "" : "\r\n")}--{boundary}\r\nContent-Type: {contentType}\r\nContent-Range: bytes {ranges[i].First}-{ranges[i].Last}/{completeLength}\r\n\r\n"));
        }

        return new MultipartByteRanges(ranges, heads, boundary);
    }

    /// <summary>What comes before the bytes of the part of this number, counted from 0: its delimiter and its fields.</summary>
    public ReadOnlyMemory<byte> HeadOf(int part) => _heads[part];
}

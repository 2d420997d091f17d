using System.Globalization;
using System.Text;

namespace ActorHttp.Semantics;

/// <summary>
/// The text around the parts of a 206 answer with several ranges (RFC 9110 §14.6, §15.3.7.2). The text has a head before each
/// part, and the closing delimiter after the last part. The response head of a 206 answer with several ranges must not have
/// Content-Range.
/// </summary>
public sealed class MultipartByteRanges
{
    private readonly byte[][] _heads;

    private MultipartByteRanges(ByteRange[] ranges, byte[][] heads, string boundary)
    {
        Ranges = ranges;
        _heads = heads;
        Closing = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        ContentType = $"multipart/byteranges; boundary={boundary}";
    }

    /// <summary>The parts, in the order of sending.</summary>
    public ByteRange[] Ranges { get; }

    /// <summary>The closing delimiter, sent after the bytes of the last part.</summary>
    public byte[] Closing { get; }

    /// <summary>The value of the answer's Content-Type.</summary>
    public string ContentType { get; }

    /// <summary>The length of the answer's body in bytes: the parts, their heads and the closing delimiter.</summary>
    public long Length => checked(_heads.Sum(head => (long)head.Length) + Ranges.Sum(range => range.Length) + Closing.Length);

    /// <summary>Creates the text around these ranges of a representation of <paramref name="completeLength"/> bytes.</summary>
    /// <param name="contentType">The media type of the representation. The head of each part contains this media type.</param>
    /// <param name="boundary">
    /// 1 to 70 characters: letters, digits and any of "'+_-." (RFC 2046 §5.1.1). The boundary must not occur in the parts. The
    /// method does not search the parts for the boundary, so the caller must pass an unpredictable boundary.
    /// </param>
    /// <exception cref="ArgumentException">There are no ranges, or the boundary or the media type has an invalid character.</exception>
    public static MultipartByteRanges Of(ByteRange[] ranges, long completeLength, string contentType, string boundary)
    {
        if (ranges.Length == 0)
        {
            throw new ArgumentException("There are no ranges.", nameof(ranges));
        }

        // Allows only characters that need no quotes in the field. RFC 2046 allows more, but some clients cannot parse the quotes.
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
            // RFC 2046 §5.1.1: the CRLF before a delimiter belongs to the delimiter, and not to the part. The first delimiter
            // needs no CRLF.
            heads[i] = Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"{(i == 0 ? "" : "\r\n")}--{boundary}\r\nContent-Type: {contentType}\r\nContent-Range: bytes "
                    + $"{ranges[i].First}-{ranges[i].Last}/{completeLength}\r\n\r\n"));
        }

        return new MultipartByteRanges(ranges, heads, boundary);
    }

    /// <summary>Returns the delimiter and the fields before the bytes of a part.</summary>
    /// <param name="part">The number of the part, counted from 0.</param>
    public ReadOnlyMemory<byte> HeadOf(int part) => _heads[part];
}

using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ActorHttp.Buffers;
using ActorHttp.Messages;

namespace ActorHttp.Protocol.Http1;

/// <summary>Writes response heads and chunks (RFC 9112 §4, §7.1) directly into an <see cref="OutputBuffer"/>.</summary>
internal static class ResponseWriter
{
    private static readonly byte[]?[] StatusLines = BuildStatusLines();

    public static ReadOnlySpan<byte> Continue => "HTTP/1.1 100 Continue\r\n\r\n"u8;

    /// <summary>The last chunk of a body without trailers, including the empty line that ends the body.</summary>
    public static ReadOnlySpan<byte> LastChunk => "0\r\n\r\n"u8;

    /// <summary>
    /// Writes the head of a response. The status line always contains HTTP/1.1, the version of the server, and not the version of
    /// the request (RFC 9110 §2.5).
    /// </summary>
    public static void WriteHead(
        OutputBuffer output, HttpVersion version, int status, HttpHeaders headers, in ResponseFraming framing, ReadOnlySpan<byte> dateField)
    {
        output.Write(StatusLine(status));
        output.Write(dateField);
        WriteFields(output, headers);
        switch (framing.Delimiter)
        {
            case BodyDelimiter.Length:
                var span = output.GetSpan(48);
                "Content-Length: "u8.CopyTo(span);
                Utf8Formatter.TryFormat(framing.Length, span[16..], out var digits);
                "\r\n"u8.CopyTo(span[(16 + digits)..]);
                output.Advance(18 + digits);
                break;
            case BodyDelimiter.Chunked:
                output.Write("Transfer-Encoding: chunked\r\n"u8);
                break;
        }

        if (!framing.KeepAlive)
            output.Write("Connection: close\r\n\r\n"u8);
        else if (version == HttpVersion.Http10)
            output.Write("Connection: keep-alive\r\n\r\n"u8);
        else
            output.Write("\r\n"u8);
    }

    /// <summary>
    /// Writes an interim response (RFC 9110 §15.2): a status line and fields. An interim response has no content, so it has no
    /// framing fields. RFC 9110 §6.6.1 makes Date optional in an interim response, so the writer adds no Date.
    /// </summary>
    public static void WriteInterim(OutputBuffer output, int status, HttpHeaders headers)
    {
        output.Write(StatusLine(status));
        WriteFields(output, headers);
        output.Write("\r\n"u8);
    }

    /// <summary>Writes one chunk, or nothing for empty bytes, because an empty chunk would end the body.</summary>
    public static void WriteChunk(OutputBuffer output, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        var span = output.GetSpan(10);
        Utf8Formatter.TryFormat(bytes.Length, span, out var digits, new System.Buffers.StandardFormat('X'));
        "\r\n"u8.CopyTo(span[digits..]);
        output.Advance(digits + 2);
        output.WriteBody(bytes);
        output.Write("\r\n"u8);
    }

    /// <summary>
    /// Writes the last chunk and the trailers (RFC 9112 §7.1.2). Drops fields that must not be trailers (RFC 9110 §6.5.1).
    /// Returns the number of dropped fields.
    /// </summary>
    public static int WriteLastChunk(OutputBuffer output, HttpHeaders trailers)
    {
        if (trailers.Count == 0)
        {
            output.Write(LastChunk);
            return 0;
        }

        var leftOut = 0;
        output.Write("0\r\n"u8);
        foreach (var field in trailers.AsSpan())
        {
            if (TrailerFields.IsAllowed(field.Name))
                WriteField(output, field);
            else
                leftOut++;
        }

        output.Write("\r\n"u8);
        return leftOut;
    }

    private static void WriteFields(OutputBuffer output, HttpHeaders headers)
    {
        if (headers.IsReused)
        {
            if (headers.WireForm is not byte[] lines)
                headers.WireForm = lines = Encode(headers);
            output.Write(lines);
            return;
        }

        WriteEach(output, headers);
    }

    private static byte[] Encode(HttpHeaders headers)
    {
        var output = new OutputBuffer();
        WriteEach(output, headers);
        byte[] bytes = [.. output.Take().SelectMany(piece => piece)];
        output.Release();
        return bytes;
    }

    private static void WriteEach(OutputBuffer output, HttpHeaders headers)
    {
        foreach (var field in headers.AsSpan())
        {
            if (!IsTheConnections(field.Name))
                WriteField(output, field);
        }
    }

    private static void WriteField(OutputBuffer output, HttpField field)
    {
        var length = field.Name.Length + field.Value.Length + 4;
        var span = output.GetSpan(length);
        Encoding.Latin1.GetBytes(field.Name, span);
        ": "u8.CopyTo(span[field.Name.Length..]);
        Encoding.Latin1.GetBytes(field.Value, span[(field.Name.Length + 2)..]);
        "\r\n"u8.CopyTo(span[(length - 2)..]);
        output.Advance(length);
    }

    // Whether only the connection writes this field. The writer drops such a field of a handler, because the field would
    // duplicate or contradict the field of the connection.
    private static bool IsTheConnections(string name) => name.Length switch
    {
        4 => name.Equals("Date", StringComparison.OrdinalIgnoreCase),
        7 => name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase),
        10 => name.Equals("Connection", StringComparison.OrdinalIgnoreCase)
            || name.Equals("Keep-Alive", StringComparison.OrdinalIgnoreCase),
        14 => name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase),
        17 => name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private static ReadOnlySpan<byte> StatusLine(int status) =>
        (uint)status < (uint)StatusLines.Length && StatusLines[status] is { } line ? line : EncodeStatusLine(status);

    private static byte[]?[] BuildStatusLines()
    {
        var lines = new byte[]?[600];
        for (var status = 100; status < lines.Length; status++)
        {
            if (ReasonPhrases.Of(status).Length > 0)
                lines[status] = EncodeStatusLine(status);
        }

        return lines;
    }

    // RFC 9112 §4: the space after the status code is required even without a reason phrase.
    private static byte[] EncodeStatusLine(int status) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status:D3} {ReasonPhrases.Of(status)}\r\n"));
}

using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Uris;

namespace ActorHttp.Files.Writing;

/// <summary>
/// The header fields and addresses of resumable uploads, by draft-ietf-httpbis-resumable-upload. The address of an upload
/// resource is the target of its file with the query <c>?upload=ID</c>.
/// </summary>
internal static class UploadResource
{
    public const string PartialUpload = "application/partial-upload";

    private const string Parameter = "upload=";
    private const string Problems = "https://iana.org/assignments/http-problem-types#";

    /// <summary>
    /// Returns the identifier of the upload in a request; null when the request is for the file itself. GET and HEAD ignore an
    /// identifier that this server cannot have made, so the query does not hide the file. For other methods, such an identifier
    /// means an upload that does not exist. So a DELETE with a damaged identifier does not delete the file.
    /// </summary>
    public static string? IdOf(HttpRequest request) =>
        IsNamedBy(request.Target.Query, out var id) && (!request.Method.IsSafe || UploadFile.IsId(id)) ? id.ToString() : null;

    /// <summary>Whether a query contains the parameter <c>upload</c>. The identifier can be any text.</summary>
    public static bool IsNamedBy(string? query, out ReadOnlySpan<char> id)
    {
        foreach (var range in query.AsSpan().Split('&'))
        {
            if (!query.AsSpan()[range].StartsWith(Parameter))
                continue;
            id = query.AsSpan()[range][Parameter.Length..];
            return true;
        }

        id = default;
        return false;
    }

    /// <summary>Whether this request completes the upload (Upload-Complete, §4.1.3); null when the field is absent or malformed.</summary>
    public static bool? Completes(HttpHeaders headers) =>
        headers["Upload-Complete"] is { } value && StructuredFields.TryParseBoolean(value, out var completes) ? completes : null;

    public static long? OffsetOf(HttpHeaders headers) => Number(headers["Upload-Offset"]);

    public static long? LengthOf(HttpHeaders headers) => Number(headers["Upload-Length"]);

    public static bool IsPartialUpload(HttpHeaders headers) =>
        headers["Content-Type"] is { } type && type.Split(';')[0].Trim().Equals(PartialUpload, StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the address with which a client continues the upload, relative to the target of the first request.</summary>
    public static string Location(HttpRequest request, string id) => $"{RelativeReference.ToItself(request.Target.Path)}?{Parameter}{id}";

    /// <summary>Returns the value of Upload-Limit (§4.1.4).</summary>
    public static string Limit(FileSettings settings)
    {
        var age = Invariant($"max-age={(long)settings.UploadExpiry.TotalSeconds}");
        return settings.BodySize is { } most ? Invariant($"max-size={most}, {age}") : age;
    }

    /// <summary>Returns the header fields with the offset of an upload.</summary>
    public static HttpHeaders State(UploadFile upload, FileSettings settings)
    {
        var headers = HttpHeaders.Of(
            ("Upload-Complete", "?0"),
            ("Upload-Offset", Text(upload.Length)),
            ("Upload-Limit", Limit(settings)),
            ("Cache-Control", "no-store"));
        return upload.Ticket?.Length is { } length ? headers.Add("Upload-Length", Text(length)) : headers;
    }

    public static HttpResponse MismatchingOffset(Exchange exchange, long expected, long provided)
    {
        const string title = "The offset of the request is not that of the upload.";
        return Problem(exchange, 409, "mismatching-upload-offset", title, ("expected-offset", expected), ("provided-offset", provided))
            .With("Upload-Offset", Text(expected))
            .With("Upload-Complete", "?0");
    }

    public static HttpResponse InconsistentLength(Exchange exchange) =>
        Problem(exchange, 400, "inconsistent-upload-length", "The lengths that were given for the upload do not agree.");

    public static HttpResponse TooLarge(Exchange exchange, FileSettings settings) => HttpResponse
        .Error(exchange, 413, $"The file would be larger than the {settings.BodySize} bytes that are accepted here.")
        .With("Upload-Limit", Limit(settings));

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    // Returns a problem details answer (RFC 9457).
    private static HttpResponse Problem(
        Exchange exchange, int status, string type, string title, params ReadOnlySpan<(string Name, long Value)> members)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("type", Problems + type);
            json.WriteString("title", title);
            foreach (var (name, value) in members)
                json.WriteNumber(name, value);
            json.WriteEndObject();
        }

        stream.Write("\n"u8);
        var headers = HttpHeaders.Of(("Content-Type", "application/problem+json"));
        return new HttpResponse(exchange, status, headers, ResponseBody.Of(stream.ToArray()), CodingChoice.Never);
    }

    private static long? Number(string? field) =>
        field is not null && StructuredFields.TryParseInteger(field, out var number) ? number : null;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

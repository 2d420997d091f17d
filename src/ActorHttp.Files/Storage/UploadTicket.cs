using System.Text.Json;
using System.Text.Json.Serialization;
using ActorHttp.Messages;

namespace ActorHttp.Files.Storage;

/// <summary>
/// The record of an upload that another request may complete, perhaps in another run of the server. It is a file beside the bytes.
/// The offset is not in it: it is the length of the bytes.
/// </summary>
/// <param name="Method">The method of the request that began the upload.</param>
/// <param name="Target">The file, below the root. An identifier gives the right to write to this file only.</param>
/// <param name="Length">The length of the whole file in bytes; null while the client has not stated it.</param>
/// <param name="Conditions">The fields of that request that decide whether the file may take its name.</param>
internal sealed record UploadTicket(string Method, string Target, long? Length, Dictionary<string, string> Conditions)
{
    private static readonly string[] Kept = ["If-Match", "If-None-Match", "If-Unmodified-Since", "Repr-Digest"];

    /// <summary>The conditions as header fields.</summary>
    [JsonIgnore]
    public HttpHeaders Headers => HttpHeaders.Of([.. Conditions.Select(kept => (kept.Key, kept.Value))]);

    public static UploadTicket Of(HttpRequest request, string target, long? length) =>
        new(
            request.Method.Name,
            target,
            length,
            Kept.Where(request.Headers.Contains).ToDictionary(name => name, name => request.Headers[name]!));

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, UploadTicketJson.Default.UploadTicket);

    /// <summary>Reads a ticket. Returns null for bytes that are none.</summary>
    public static UploadTicket? From(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var ticket = JsonSerializer.Deserialize(bytes, UploadTicketJson.Default.UploadTicket);
            return ticket is { Method: not null, Target: not null, Conditions: not null } ? ticket : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(UploadTicket))]
internal sealed partial class UploadTicketJson : JsonSerializerContext;

using System.Text.Json;
using System.Text.Json.Serialization;
using ActorHttp.Messages;

namespace ActorHttp.Files.Storage;

/// <summary>
/// The record of an upload that a later request can complete, even after a restart of the server. The ticket is a file in the
/// folder of the temporary file. The ticket does not contain the offset, because the offset is the length of the temporary file.
/// </summary>
/// <param name="Method">The method of the request that began the upload.</param>
/// <param name="Target">
/// The path of the target, relative to the root. The identifier of the upload gives the right to write to this file only.
/// </param>
/// <param name="Length">The length of the whole file in bytes; null until the client has sent the length.</param>
/// <param name="Conditions">The header fields of the first request that are checked before the rename.</param>
internal sealed record UploadTicket(string Method, string Target, long? Length, Dictionary<string, string> Conditions)
{
    private static readonly string[] Kept = ["If-Match", "If-None-Match", "If-Unmodified-Since", "Repr-Digest"];

    /// <summary>Returns the conditions as header fields.</summary>
    [JsonIgnore]
    public HttpHeaders Headers => HttpHeaders.Of([.. Conditions.Select(kept => (kept.Key, kept.Value))]);

    public static UploadTicket Of(HttpRequest request, string target, long? length) =>
        new(
            request.Method.Name,
            target,
            length,
            Kept.Where(request.Headers.Contains).ToDictionary(name => name, name => request.Headers[name]!));

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, UploadTicketJson.Default.UploadTicket);

    /// <summary>Parses a ticket. Returns null for bytes that are not a valid ticket.</summary>
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

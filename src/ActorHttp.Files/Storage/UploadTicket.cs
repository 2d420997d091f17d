using System.Text.Json;
using System.Text.Json.Serialization;
using ActorHttp.Messages;

namespace ActorHttp.Files.Storage;

/// <summary>
/// What has to be known of an upload that another request may complete, maybe of another run of the server: it lies beside
/// the bytes. The bytes themselves say how far the upload has come.
/// </summary>
/// <param name="Method">The method of the request that began it.</param>
/// <param name="Target">The file that it is to be, below the root: who has an identifier may write to that one.</param>
/// <param name="Length">How many bytes it is to have; null while the client has not said.</param>
/// <param name="Conditions">The fields of that request that decide whether the file may take its name.</param>
internal sealed record UploadTicket(string Method, string Target, long? Length, Dictionary<string, string> Conditions)
{
    private static readonly string[] Kept = ["If-Match", "If-None-Match", "If-Unmodified-Since", "Repr-Digest"];

    /// <summary>The fields that were kept.</summary>
    [JsonIgnore]
    public HttpHeaders Headers => HttpHeaders.Of([.. Conditions.Select(kept => (kept.Key, kept.Value))]);

    public static UploadTicket Of(HttpRequest request, string target, long? length) =>
        new(request.Method.Name, target, length, Kept.Where(request.Headers.Contains).ToDictionary(name => name, name => request.Headers[name]!));

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, UploadTicketJson.Default.UploadTicket);

    /// <summary>Null for bytes that are no ticket.</summary>
    public static UploadTicket? From(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, UploadTicketJson.Default.UploadTicket) is { Method: not null, Target: not null, Conditions: not null } ticket ? ticket : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(UploadTicket))]
internal sealed partial class UploadTicketJson : JsonSerializerContext;

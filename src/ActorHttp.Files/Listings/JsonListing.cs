using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace ActorHttp.Files.Listings;

/// <summary>
/// Renders a listing as JSON, for programs. <c>name</c> is the name without escaping, and <c>href</c> is a reference to the
/// entry.
/// </summary>
internal static class JsonListing
{
    // The typical size of one entry, in bytes. The first size of the buffer is computed from this size.
    private const int TypicalEntry = 160;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Create(Literally()) };

    public static byte[] Render(Listing listing)
    {
        var buffer = new ArrayBufferWriter<byte>(TypicalEntry * (listing.Entries.Count + 1));
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("path"u8, listing.Path.Count == 0 ? "/" : $"/{string.Join('/', listing.Path)}/");
            json.WriteStartArray("entries"u8);
            foreach (var entry in listing.Sorted())
                Write(json, entry);
            json.WriteEndArray();
            json.WriteBoolean("truncated"u8, listing.IsTruncated);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, ListingEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, entry.Name);
        json.WriteString("href"u8, entry.Link);
        json.WriteString("type"u8, entry.IsDirectory ? "directory"u8 : "file"u8);
        if (!entry.IsDirectory)
            json.WriteNumber("size"u8, entry.Length);
        json.WriteString("modified"u8, ListingPage.Timestamp(entry.Modified));
        json.WriteEndObject();
    }

    // Letters are not escaped, so that users can read the JSON on a terminal. Control characters and invisible characters are
    // escaped.
    private static TextEncoderSettings Literally()
    {
        var settings = new TextEncoderSettings(UnicodeRanges.All);
        settings.ForbidCharacters([.. VisibleText.Bidirectional]);
        return settings;
    }
}

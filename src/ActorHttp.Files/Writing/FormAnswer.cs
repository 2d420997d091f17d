using System.Globalization;
using System.Text;
using System.Text.Json;
using ActorHttp.Files.Listings;
using ActorHttp.Messages;
using ActorHttp.Semantics;

namespace ActorHttp.Files.Writing;

/// <summary>Makes the answer to a form. The answer lists which files are stored, and why other files are not stored.</summary>
internal static class FormAnswer
{
    private static readonly string[] Offers = ["text/plain", "application/json"];

    /// <summary>Returns the answer as plain text or as JSON.</summary>
    /// <param name="request">The request whose body is the form.</param>
    /// <param name="files">All files of the form.</param>
    /// <param name="done">
    /// The results of the first files, in the order of the files. When there are fewer results than files, the last result is a
    /// refusal.
    /// </param>
    public static HttpResponse Of(HttpRequest request, IReadOnlyList<FormFile> files, IReadOnlyList<FormFileDone> done)
    {
        var refusal = done[^1].Refusal;
        var isJson = Accept.Select(request.Headers["Accept"], Offers) == 1;
        var headers = HttpHeaders.Of(("Content-Type", isJson ? "application/json" : "text/plain; charset=utf-8"), ("Vary", "Accept"));
        if (refusal is null && files.Count == 1)
            headers = headers.Add("Location", files[0].Address).Add("ETag", done[0].Tag.ToString());
        var body = isJson ? Json(files, done) : Text(files, done);
        return new HttpResponse(request.Exchange, refusal?.Status ?? 201, headers, ResponseBody.Of(body), CodingChoice.Never);
    }

    private static string Reason(FormFileDone? done) =>
        done?.Refusal?.Reason ?? "It was not stored, because the file before it was refused.";

    private static byte[] Text(IReadOnlyList<FormFile> files, IReadOnlyList<FormFileDone> done)
    {
        var text = new StringBuilder();
        for (var i = 0; i < files.Count; i++)
        {
            var name = VisibleText.Of(files[i].Name);
            if (i < done.Count && done[i].Refusal is null)
                text.Append(CultureInfo.InvariantCulture, $"stored {name} ({files[i].Upload.Length} bytes)\n");
            else
                text.Append(CultureInfo.InvariantCulture, $"not stored {name}: {Reason(i < done.Count ? done[i] : null)}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static byte[] Json(IReadOnlyList<FormFile> files, IReadOnlyList<FormFileDone> done)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartArray("files");
            for (var i = 0; i < files.Count; i++)
            {
                json.WriteStartObject();
                json.WriteString("name", files[i].Name);
                json.WriteString("href", files[i].Address);
                if (i < done.Count && done[i].Refusal is null)
                {
                    json.WriteBoolean("stored", true);
                    json.WriteNumber("size", files[i].Upload.Length);
                    json.WriteString("etag", done[i].Tag.ToString());
                }
                else
                {
                    json.WriteBoolean("stored", false);
                    json.WriteString("reason", Reason(i < done.Count ? done[i] : null));
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        stream.Write("\n"u8);
        return stream.ToArray();
    }
}

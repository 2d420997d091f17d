using System.Text;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>Requests for files as these tests write them: one connection each, fields as lines.</summary>
internal static class FileClient
{
    public static Task<RawResponse> GetAsync(this RunningServer server, string path, params string[] fields) =>
        server.AskAsync("GET", path, null, fields);

    public static Task<RawResponse> PutAsync(this RunningServer server, string path, string body, params string[] fields) =>
        server.AskAsync("PUT", path, Encoding.UTF8.GetBytes(body), fields);

    public static async Task<RawResponse> AskAsync(
        this RunningServer server, string method, string path, byte[]? body = null, params string[] fields)
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync(Request(method, path, body?.Length, fields));
        if (body is not null)
            await client.SendAsync(body);

        // What is said before the answer is for others to look at.
        while (true)
        {
            var head = await client.ReadAnyHeadAsync();
            if (head.Status < 200)
                continue;
            head.CheckAsFinal();
            var bytes = new MemoryStream();
            await client.ReadBodyAsync(head, method, part => bytes.Write(part.Span));
            return new RawResponse(head, bytes.ToArray());
        }
    }

    public static string Request(string method, string path, long? length, params string[] fields) =>
        $"{method} {(path.StartsWith('/') ? path : "/files/" + path)} HTTP/1.1\r\nHost: "
            + $"x\r\n{string.Concat(fields.Select(field => field + "\r\n"))}"
        + $"{(length is null ? "" : $"Content-Length: {length}\r\n")}\r\n";
}

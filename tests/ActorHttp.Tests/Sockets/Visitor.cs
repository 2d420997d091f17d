using System.Globalization;
using System.IO.Compression;
using System.Net.Sockets;
using System.Text;

namespace ActorHttp.Tests.Sockets;

/// <summary>What became of one request.</summary>
internal enum Outcome
{
    Answered,
    ServerError,

    /// <summary>Its connection was closed or reset before the answer's end.</summary>
    Cut,
}

/// <summary>
/// A client that asks for things which name the request, and looks whether the answer is to it. A 5xx and a connection
/// that visibly ends are part of its day; another's answer, or a part that passes for the whole, is not.
/// </summary>
internal sealed class Visitor(RunningServer server, int number, Action<Outcome> tell)
{
    /// <summary>Files that visitors read are called this, and a number below <see cref="Files"/>.</summary>
    public const string FilePrefix = "read-";

    public const int Files = 8;

    // New connections come all the time, as they do.
    private const int VisitsOfAConnection = 5;

    // What our own file may hold: what was stored last, and what may have been stored because we never heard.
    private readonly HashSet<string> _mayHold = [];
    private string? _stored;

    /// <summary>The name of the file that only this visitor writes.</summary>
    public string OwnFile => $"written-{number}.txt";

    /// <summary>Bytes that say whose they are, from the first to the last; large enough to be a transfer.</summary>
    public static byte[] Content(string id)
    {
        var text = new StringBuilder();
        for (var line = 0; text.Length < 300_000; line++)
            text.Append(CultureInfo.InvariantCulture, $"{id} {line}\n");
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    public async Task VisitAsync(int times)
    {
        for (var done = 0; done < times; done += VisitsOfAConnection)
        {
            using var client = await ConnectAsync();
            for (var i = done; client is not null && i < done + VisitsOfAConnection; i++)
            {
                try
                {
                    if (!await AskAsync(client, $"{number}-{i}"))
                        break;
                }
                catch (Exception e) when (e is SocketException or EndOfStreamException)
                {
                    tell(Outcome.Cut);
                    break;
                }
            }
        }
    }

    /// <summary>Fails unless the file is whole, and one that it may be.</summary>
    public void CheckOwnFile(byte[] bytes)
    {
        var id = Encoding.Latin1.GetString(bytes.AsSpan(0, Math.Max(0, bytes.AsSpan().IndexOf((byte)' '))));
        Assert.Contains(id, _mayHold);
        Assert.True(Content(id).AsSpan().SequenceEqual(bytes), $"{OwnFile} holds {bytes.Length} bytes which are not those of {id}.");
    }

    /// <summary>Whether our file must be there.</summary>
    public bool IsStored => _stored is not null;

    private async Task<RawClient?> ConnectAsync()
    {
        try
        {
            return await server.ConnectAsync();
        }
        catch (SocketException)
        {
            tell(Outcome.Cut);
            return null;
        }
    }

    // True while the connection can be used on.
    private Task<bool> AskAsync(RawClient client, string id) => (number % 5) switch
    {
        0 => EchoAsync(client, id),
        1 => PipelineAsync(client, id),
        2 => UploadAsync(client, id),
        3 => DownloadAsync(client, id),
        _ => EchoBodyAsync(client, id),
    };

    private async Task<bool> EchoAsync(RawClient client, string id) =>
        Take(await client.ExchangeAsync(Head("GET", $"/echo/{id}")), answer => Assert.Equal(id, answer.Text));

    // One in the middle goes to a handler that throws.
    private async Task<bool> PipelineAsync(RawClient client, string id)
    {
        var paths = Enumerable.Range(0, 6).Select(i => i == 3 ? "/crash" : $"/echo/{id}-{i}").ToList();
        await client.SendAsync(string.Concat(paths.Select(path => Head("GET", path))));
        foreach (var path in paths)
        {
            if (!Take(await client.ReadResponseAsync(), answer => Assert.Equal(path, $"/echo/{answer.Text}")))
                return false;
        }

        return true;
    }

    private async Task<bool> UploadAsync(RawClient client, string id)
    {
        _mayHold.Add(id);
        var body = Content(id);
        var isUsable = await TakeAsync(client, Head("PUT", $"/files/{OwnFile}", $"Content-Length: {body.Length}\r\n"), body, answer =>
        {
            if (_stored is not null)
            {
                Assert.Equal(204, answer.Status);
                _mayHold.Remove(_stored);
            }

            _stored = id;
        });
        if (!isUsable || !IsStored)
            return isUsable;
        return Take(await client.ExchangeAsync(Head("GET", $"/files/{OwnFile}")), answer => CheckOwnFile(answer.Body));
    }

    private async Task<bool> DownloadAsync(RawClient client, string id)
    {
        var file = $"{FilePrefix}{id.Sum(c => c) % Files}";
        var isCoded = id[^1] % 2 == 0;
        var answer = await client.ExchangeAsync(Head("GET", $"/files/{file}.txt", isCoded ? "Accept-Encoding: gzip\r\n" : ""));
        return Take(answer, _ =>
        {
            Assert.Equal(isCoded ? "gzip" : null, answer["Content-Encoding"]);
            var bytes = isCoded ? Unzip(answer.Body) : answer.Body;
            Assert.True(Content(file).AsSpan().SequenceEqual(bytes), $"{bytes.Length} bytes which are not those of {file}.");
        });
    }

    private Task<bool> EchoBodyAsync(RawClient client, string id)
    {
        var body = Content(id);
        var isChunked = id[^1] % 2 == 0;
        var sent = isChunked ? [.. Encoding.Latin1.GetBytes($"{body.Length:x}\r\n"), .. body, .. "\r\n0\r\n\r\n"u8] : body;
        var framing = isChunked ? "Transfer-Encoding: chunked\r\n" : $"Content-Length: {body.Length}\r\n";
        return TakeAsync(client, Head("POST", "/echo", framing), sent, answer =>
            Assert.True(body.AsSpan().SequenceEqual(answer.Body), $"{answer.Body.Length} bytes which are not those of {id}."));
    }

    // Sends and reads at once: the answer may begin, and be an error, long before the body's end.
    private async Task<bool> TakeAsync(RawClient client, string head, byte[] body, Action<RawResponse> check)
    {
        var sending = SendAsync(client, head, body);
        try
        {
            var answer = await client.ReadResponseAsync();
            return Take(answer, check) & await sending;
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException)
        {
            client.Dispose();
            await sending;
            throw;
        }
    }

    // False when the server would not have it.
    private static async Task<bool> SendAsync(RawClient client, string head, byte[] body)
    {
        try
        {
            await client.SendAsync(head);
            await client.SendAsync(body);
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return false;
        }
    }

    private bool Take(RawResponse answer, Action<RawResponse> check)
    {
        if (answer.Status is 500 or 503)
        {
            tell(Outcome.ServerError);
            return answer["Connection"] is null;
        }

        Assert.True(answer.Status is 200 or 201 or 204, $"An answer of {answer.Status}: {answer.Text}");
        check(answer);
        tell(Outcome.Answered);
        return answer["Connection"] is null;
    }

    private static string Head(string method, string path, string fields = "") => $"{method} {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n";

    private static byte[] Unzip(byte[] bytes)
    {
        using var plain = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress))
            gzip.CopyTo(plain);
        return plain.ToArray();
    }
}

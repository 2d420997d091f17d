using System.Buffers;
using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace KestrelPeer;

/// <summary>
/// Kestrel with its fastest options: no routing, one switch over the path, and continuations that run on the thread that the
/// socket woke. The last also needs DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 in the environment.
/// </summary>
internal static class InlineServer
{
    public static async Task Run(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        var port = builder.Configuration.GetValue("port", 4222);
        var directory = builder.Configuration["directory"];

        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);

        var app = builder.Build();
        var store = new FileStore(directory);
        app.Run(context => Answer(context, store));

        await app.StartAsync();
        Console.WriteLine($"Kestrel is listening on {app.Urls.Single()}");
        await app.WaitForShutdownAsync();
    }

    private static Task Answer(HttpContext context, FileStore store)
    {
        var request = context.Request;
        var path = request.Path.Value!;
        switch (request.Method)
        {
            case "GET" when path.StartsWith("/echo/", StringComparison.Ordinal):
                return Echo(context, path["/echo/".Length..]);
            case "GET" when path == "/user-agent":
                return Text(context.Response, Encoding.UTF8.GetBytes(request.Headers.UserAgent.ToString()));
            case "POST" when path == "/echo":
                return EchoBody(context);
            case "GET" when path.StartsWith("/files/", StringComparison.Ordinal):
                return File(context.Response, store.Locate(path["/files/".Length..]));
            case "PUT" when path.StartsWith("/files/", StringComparison.Ordinal):
                return Upload(context, store.Locate(path["/files/".Length..]));
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }

    private static Task Echo(HttpContext context, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (!AcceptsGzip(context.Request))
            return Text(context.Response, bytes);

        var coded = new MemoryStream();
        using (var gzip = new GZipStream(coded, CompressionLevel.Fastest))
            gzip.Write(bytes);
        Coded(context.Response);
        return Text(context.Response, coded.ToArray());
    }

    private static async Task EchoBody(HttpContext context)
    {
        context.Response.ContentType = context.Request.ContentType;
        if (!AcceptsGzip(context.Request))
        {
            context.Response.ContentLength = context.Request.ContentLength;
            await context.Request.Body.CopyToAsync(context.Response.Body);
            return;
        }

        Coded(context.Response);
        await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
        await context.Request.Body.CopyToAsync(gzip);
    }

    private static Task Text(HttpResponse response, byte[] bytes)
    {
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = bytes.Length;
        // Does not use Body.WriteAsync, which flushes. So the answers to pipelined requests share a write.
        response.BodyWriter.Write(bytes);
        return Task.CompletedTask;
    }

    private static Task File(HttpResponse response, string? path)
    {
        var file = path is null ? null : new FileInfo(path);
        if (file is not { Exists: true })
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        response.ContentType = "application/octet-stream";
        response.ContentLength = file.Length;
        response.Headers.LastModified = file.LastWriteTimeUtc.ToString("R");
        return response.SendFileAsync(file.FullName, 0, file.Length);
    }

    private static async Task Upload(HttpContext context, string? path)
    {
        if (path is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var replaced = System.IO.File.Exists(path);
        await FileStore.Store(context.Request, path);
        context.Response.StatusCode = replaced ? StatusCodes.Status204NoContent : StatusCodes.Status201Created;
    }

    private static bool AcceptsGzip(HttpRequest request) =>
        request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal);

    private static void Coded(HttpResponse response)
    {
        response.Headers.ContentEncoding = "gzip";
        response.Headers.Vary = "Accept-Encoding";
    }
}

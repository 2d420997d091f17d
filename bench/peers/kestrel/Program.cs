// The server that ActorHttp is compared with: the same endpoints as a Kestrel minimal API, written as in its documentation.
// One difference comes from Kestrel: it leaves %2F in a path undecoded. With --inline as the first argument, it runs InlineServer.

using System.Net;
using KestrelPeer;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

const string Usage = """
    GET /echo/{text}
    POST /echo
    GET /user-agent
    GET, POST, PUT, DELETE /files/{path}

    """;

if (args is ["--inline", .. var rest])
{
    await InlineServer.Run(rest);
    return;
}

var builder = WebApplication.CreateSlimBuilder(args);
var port = builder.Configuration.GetValue("port", 4222);
var store = new FileStore(builder.Configuration["directory"]);
var mediaTypes = new FileExtensionContentTypeProvider();

builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.Listen(IPAddress.Loopback, port);
    kestrel.Limits.MaxRequestBodySize = null;
});
builder.Services.AddResponseCompression(compression => compression.Providers.Add<GzipCompressionProvider>());

var app = builder.Build();

app.UseWhen(
    context => context.Request.Path.StartsWithSegments("/echo"),
    echo => echo.UseResponseCompression());

app.MapGet("/", () => Results.Text(Usage, "text/plain"));
app.MapGet("/echo/{**text}", (string? text) => Results.Text(text, "text/plain"));
app.MapPost("/echo", (HttpRequest request, HttpResponse response) =>
{
    response.ContentType = request.ContentType;
    return request.Body.CopyToAsync(response.Body);
});
app.MapGet("/user-agent", (HttpRequest request) => Results.Text(request.Headers.UserAgent.ToString(), "text/plain"));

app.MapGet("/files/{**path}", (string? path) =>
{
    var file = store.Locate(path) is { } target ? new FileInfo(target) : null;
    if (file is not { Exists: true })
        return Results.NotFound();

    return Results.File(
        file.FullName,
        mediaTypes.TryGetContentType(file.Name, out var mediaType) ? mediaType : "application/octet-stream",
        lastModified: file.LastWriteTimeUtc,
        entityTag: new EntityTagHeaderValue($"\"{file.LastWriteTimeUtc.Ticks:x}-{file.Length:x}\""),
        enableRangeProcessing: true);
});

app.MapPost("/files/{**path}", async (string? path, HttpRequest request) =>
{
    if (store.Locate(path) is not { } target)
        return Results.NotFound();

    await FileStore.Store(request, target);
    return Results.Created(request.Path.ToUriComponent(), null);
});

app.MapPut("/files/{**path}", async (string? path, HttpRequest request) =>
{
    if (store.Locate(path) is not { } target)
        return Results.NotFound();

    var replaced = File.Exists(target);
    await FileStore.Store(request, target);
    return replaced ? Results.NoContent() : Results.Created(request.Path.ToUriComponent(), null);
});

app.MapDelete("/files/{**path}", (string? path) =>
{
    if (store.Locate(path) is not { } target || !File.Exists(target))
        return Results.NotFound();

    File.Delete(target);
    return Results.NoContent();
});

await app.StartAsync();
Console.WriteLine($"Kestrel is listening on {app.Urls.Single()}");
await app.WaitForShutdownAsync();

using ActorHttp.Tests.Files;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>RFC 9110 §10.2.1: Allow is the set of methods that the target has, on every answer that carries it.</summary>
public sealed class MethodTests
{
    private const string Id = "0123456789abcdef0123456789abcdef";

    // CONNECT has a form of target of its own, and is 501 before any path is looked at.
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"];

    [Theory, Trait("RFC", "9110 §10.2.1")]
    [InlineData("", true)]
    [InlineData("actor-http.files.read-only = on", true)]
    [InlineData("", false)]
    public async Task Options_names_the_methods_that_are_not_refused_as_such_and_so_does_each_405(string settings, bool servesFiles)
    {
        await using var server = await RunningServer.StartAsync(settings, servesFiles: servesFiles);
        foreach (var target in new[]
        {
            "/", "/echo", "/echo/x", "/user-agent", "/files", "/files/", "/files/file", "/files/file?x=y", "/files/file?upload=1",
            $"/files/file?upload={Id}",
            "/files/absent", "/files/absent/", "/files/absent/below", $"/files/absent?upload={Id}", "/files/folder", "/files/folder/",
            "/files/folder%2f",
            "/files/folder/?upload=1", $"/files/folder/?upload={Id}", "/files/.hidden", "/files/../x",
        })
        {
            var options = await server.AskAsync("OPTIONS", target);
            Assert.Equal((target, 204), (target, options.Status));
            var served = new List<string> { "OPTIONS" };
            foreach (var method in Methods)
            {
                server.Files.Add("file", "x");
                Directory.CreateDirectory(server.Files["folder"]);
                var answer = await server.AskAsync(method, target, method is "GET" or "HEAD" or "TRACE" ? null : [1]);
                if (answer.Status is not (405 or 501))
                    served.Add(method);
                else
                    Assert.Equal((target, method, options["Allow"]), (target, method, answer["Allow"]));
            }

            Assert.Equal(
                $"{target}: {string.Join(", ", served.Order())}", $"{target}: {string.Join(", ", options["Allow"]!.Split(", ").Order())}");
        }
    }

    [Theory, Trait("RFC", "draft-ietf-httpbis-resumable-upload §4.1.4")]
    [InlineData("file", true, false)]
    [InlineData($"file?upload={Id}", true, true)]
    [InlineData("folder/", false, false)]
    public async Task Options_says_where_an_upload_can_be_resumed_and_names_PATCH_where_it_goes_on(
        string path, bool isResumable, bool hasPatch)
    {
        await using var server = await RunningServer.StartAsync("actor-http.files.body-size = 1MiB");
        var options = await server.AskAsync("OPTIONS", path);
        Assert.Equal(isResumable ? "application/partial-upload" : null, options["Accept-Patch"]);
        Assert.Equal(isResumable ? "max-size=1048576, max-age=86400" : null, options["Upload-Limit"]);
        Assert.Equal(hasPatch, options["Allow"]!.Contains("PATCH", StringComparison.Ordinal));
    }

    [LinuxFact]
    public async Task A_query_that_is_no_upload_of_ours_does_not_hide_a_file_and_does_not_endanger_it()
    {
        await using var server = await RunningServer.StartAsync();
        server.Files.Add("file", "bytes");
        foreach (var query in new[] { "upload=1", "upload=", $"upload={Id[1..]}", $"upload={Id.ToUpperInvariant()}", "x=y&upload=z" })
        {
            Assert.Equal("bytes", (await server.GetAsync($"file?{query}")).Text);
            Assert.Equal(
                (200, "5"), (await server.AskAsync("HEAD", $"file?{query}") is var head ? (head.Status, head["Content-Length"]) : default));
            Assert.Equal(404, (await server.AskAsync("DELETE", $"file?{query}")).Status);
            Assert.Equal(404, (await server.AskAsync("PATCH", $"file?{query}", [1])).Status);
        }

        Assert.Equal(404, (await server.GetAsync($"file?upload={Id}")).Status);
        Assert.Equal(404, (await server.AskAsync("HEAD", $"file?upload={Id}")).Status);
        Assert.Equal("bytes", File.ReadAllText(server.Files["file"]));
    }
}

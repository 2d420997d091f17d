using ActorHttp.Tests.ConsoleHost;
using PuppeteerSharp;

namespace ActorHttp.Tests.Browser;

/// <summary>
/// DNS rebinding in a real browser: a page's own name resolves to this machine, so the browser takes the server for the page's
/// own, and asks it in the page's name.
/// </summary>
public sealed class DnsRebindingTests : IDisposable
{
    private const string Host = "evil.example";

    private readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [BrowserFact]
    public async Task A_page_whose_name_leads_here_reads_and_writes_nothing()
    {
        _files.Add("secret.txt", "the secret");
        using var server = ServerProcess.Start(["--port", "0", "--directory", _files.Path]);
        await server.ReadyAsync();
        var (status, text) = await AttackAsync(server);
        Assert.Equal(421, status);
        Assert.DoesNotContain("secret.txt", text, StringComparison.Ordinal);
        Assert.DoesNotContain("the secret", text, StringComparison.Ordinal);
        Assert.Equal(["secret.txt"], Directory.EnumerateFileSystemEntries(_files.Path).Select(Path.GetFileName));
        Assert.Equal("the secret", await File.ReadAllTextAsync(Path.Combine(_files.Path, "secret.txt")));
    }

    // The same attack, so that it is known to be one.
    [BrowserFact]
    public async Task It_would_where_its_name_is_allowed()
    {
        _files.Add("secret.txt", "the secret");
        using var server = ServerProcess.Start(["--port", "0", "--directory", _files.Path, "--allow-host", Host]);
        await server.ReadyAsync();
        var (status, text) = await AttackAsync(server);
        Assert.Equal(200, status);
        Assert.Contains("the secret", text, StringComparison.Ordinal);
        Assert.Equal("written", await File.ReadAllTextAsync(Path.Combine(_files.Path, "new.txt")));
    }

    private static async Task<(int Status, string Text)> AttackAsync(ServerProcess server)
    {
        await using var browser = await ChromiumFixture.LaunchAsync($"--host-resolver-rules=\"MAP {Host} 127.0.0.1\"");
        await using var page = await browser.NewPageAsync();
        page.DefaultTimeout = 20_000;
        var shown = await page.GoToAsync($"http://{Host}:{server.Address.Port}/files/");
        var text = await shown.TextAsync() + await page.EvaluateFunctionAsync<string>(
            """
            async () => {
              const read = await (await fetch('/files/secret.txt')).text();
              for (const method of ['PUT', 'POST', 'DELETE'])
                await fetch(method === 'DELETE' ? '/files/gone.txt' : '/files/new.txt', { method, body: method === 'DELETE' ? undefined : 'written' });
              return read;
            }
            """);
        return ((int)shown.Status, text);
    }
}

using PuppeteerSharp;

namespace ActorHttp.Tests.Browser;

/// <summary>One browser for the tests of a class; a visit has cookies and a cache of its own.</summary>
public sealed class ChromiumFixture : IAsyncLifetime
{
    // No sandbox: it does not start as root, which is what tests in a container are. It sees our own pages only, and asks
    // nobody else for anything.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (BrowserFactAttribute.Chromium is not null)
            _browser = await LaunchAsync();
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
    }

    /// <summary>A browser with more arguments than the usual ones.</summary>
    internal static Task<IBrowser> LaunchAsync(params string[] more) =>
        Puppeteer.LaunchAsync(
            new LaunchOptions { ExecutablePath = BrowserFactAttribute.Chromium, Headless = true, Args = [.. Arguments, .. more] });

    internal Task<Visit> VisitAsync(bool runsScripts = true) => Visit.StartAsync(_browser!, runsScripts);
}

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
        if (BrowserFactAttribute.Chromium is { } program)
            _browser = await Puppeteer.LaunchAsync(new LaunchOptions { ExecutablePath = program, Headless = true, Args = Arguments });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
    }

    internal Task<Visit> VisitAsync(bool runsScripts = true) => Visit.StartAsync(_browser!, runsScripts);
}

using System.Collections.Concurrent;
using PuppeteerSharp;
using PuppeteerSharp.Input;

namespace ActorHttp.Tests.Browser;

/// <summary>A person's visit in the browser, and what the browser complained of meanwhile.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();

    private Visit(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;

        // What a policy refuses comes as an error of the console too. A file that is shown by itself has no icon to name,
        // so there the browser looks for one where there is none.
        page.Console += (_, said) =>
        {
            if (said.Message.Type is ConsoleType.Error or ConsoleType.Warning
                && said.Message.Location?.URL?.EndsWith("/favicon.ico", StringComparison.Ordinal) is not true)
            {
                _complaints.Enqueue(said.Message.Text);
            }
        };
        page.PageError += (_, error) => _complaints.Enqueue(error.Message);
    }

    public IPage Page { get; }

    /// <summary>The errors and warnings of the console, violations of the policy and exceptions so far.</summary>
    public IReadOnlyList<string> Complaints => [.. _complaints];

    public static async Task<Visit> StartAsync(IBrowser browser, bool runsScripts)
    {
        var context = await browser.CreateBrowserContextAsync();
        var page = await context.NewPageAsync();
        page.DefaultTimeout = 20_000;
        await page.SetJavaScriptEnabledAsync(runsScripts);
        return new Visit(context, page);
    }

    /// <summary>Clicks on what has this text, and waits for the page that it leads to.</summary>
    public async Task FollowAsync(string text)
    {
        var link = await Page.WaitForSelectorAsync($"a ::-p-text({text})");
        await Task.WhenAll(Page.WaitForNavigationAsync(), link.ClickAsync(new ClickOptions()));
    }

    /// <summary>Gives the page files to upload, as a person does who chooses them.</summary>
    public async Task ChooseAsync(params string[] paths) => await (await Page.QuerySelectorAsync("#files")).UploadFileAsync(paths);

    /// <summary>The texts of what the selector finds.</summary>
    public async Task<string[]> TextsAsync(string selector) => await Page.EvaluateFunctionAsync<string[]>(
        "selector => Array.from(document.querySelectorAll(selector), found => found.textContent)", selector);

    public Task<string> TextAsync() => Page.EvaluateExpressionAsync<string>("document.body.innerText");

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}

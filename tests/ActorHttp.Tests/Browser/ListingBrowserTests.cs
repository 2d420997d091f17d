using ActorHttp.Tests.Sockets;
using PuppeteerSharp;

namespace ActorHttp.Tests.Browser;

/// <summary>The page of a folder in the hands of a person: a real server, a real browser.</summary>
public sealed class ListingBrowserTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>, IAsyncLifetime
{
    private const string Names = "tbody bdi";

    private readonly TemporaryDirectory _own = new();
    private RunningServer _server = null!;

    private string Root => $"http://{_server.Address}/files/";

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartAsync();
        _server.Files.Add("small.txt", "a small file");
        _server.Files.Add("large.txt", TemporaryDirectory.Pattern(5000));
        _server.Files.Add("folder/inner file.txt", "an inner file");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _own.Dispose();
    }

    [BrowserFact]
    public async Task A_click_on_a_file_shows_it()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.Page.GoToAsync(Root);
        Assert.Equal(["folder", "large.txt", "small.txt"], await visit.TextsAsync(Names));
        await visit.FollowAsync("small.txt");
        Assert.Equal("a small file", await visit.TextAsync());
        Assert.Empty(visit.Complaints);
    }

    [BrowserFact]
    public async Task A_click_on_a_folder_leads_down_and_the_breadcrumbs_lead_up()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.Page.GoToAsync(Root);
        await visit.FollowAsync("folder");
        Assert.Equal($"{Root}folder/", visit.Page.Url);
        Assert.Equal(["inner file.txt"], await visit.TextsAsync(Names));
        await visit.FollowAsync("inner file.txt");
        Assert.Equal("an inner file", await visit.TextAsync());
        await visit.Page.GoBackAsync();
        await visit.FollowAsync("files");
        Assert.Equal(Root, visit.Page.Url);
        await visit.FollowAsync("folder");
        await visit.FollowAsync("..");
        Assert.Equal(Root, visit.Page.Url);
        Assert.Empty(visit.Complaints);
    }

    [BrowserFact]
    public async Task A_click_on_a_column_sorts_and_another_turns_the_order_round()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.Page.GoToAsync(Root);
        await visit.FollowAsync("Size");
        Assert.Equal(["folder", "large.txt", "small.txt"], await visit.TextsAsync(Names));
        Assert.Equal(["Size"], await visit.TextsAsync("[aria-sort=descending]"));
        await visit.FollowAsync("Size");
        Assert.Equal(["folder", "small.txt", "large.txt"], await visit.TextsAsync(Names));
        Assert.Equal(["Size"], await visit.TextsAsync("[aria-sort=ascending]"));
        Assert.Empty(visit.Complaints);
    }

    [BrowserFact]
    public async Task Chosen_files_are_uploaded_and_then_listed_in_the_same_order()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.Page.GoToAsync($"{Root}folder/?sort=size&order=desc");
        var large = TemporaryDirectory.Pattern(3_000_000);
        await visit.ChooseAsync(_own.Add("grüße & 100%.txt", "new"), _own.Add("empty", ""), _own.Add("large", large));
        await visit.Page.WaitForSelectorAsync($"{Names} ::-p-text(large)");
        Assert.Equal(["large", "inner file.txt", "grüße & 100%.txt", "empty"], await visit.TextsAsync(Names));
        Assert.EndsWith("?sort=size&order=desc", visit.Page.Url, StringComparison.Ordinal);
        Assert.Equal("new", File.ReadAllText(_server.Files["folder/grüße & 100%.txt"]));
        Assert.Empty(File.ReadAllBytes(_server.Files["folder/empty"]));
        Assert.Equal(large, File.ReadAllBytes(_server.Files["folder/large"]));
        Assert.Empty(visit.Complaints);
    }

    // The large one is refused while the browser is still sending it.
    [BrowserFact]
    public async Task A_file_that_is_there_is_replaced_only_by_who_says_so()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.Page.GoToAsync(Root);
        var questions = new List<string>();
        var isYes = false;
        visit.Page.Dialog += async (_, asked) =>
        {
            questions.Add(asked.Dialog.Message);
            await (isYes ? asked.Dialog.Accept() : asked.Dialog.Dismiss());
        };
        var small = _own.Add("small.txt", "another");
        var large = _own.Add("large.txt", TemporaryDirectory.Pattern(20_000_000));
        await visit.ChooseAsync(small, large);
        await visit.Page.WaitForSelectorAsync("#status ::-p-text(Nothing was uploaded.)");
        Assert.Equal("a small file", File.ReadAllText(_server.Files["small.txt"]));
        Assert.Equal(5000, new FileInfo(_server.Files["large.txt"]).Length);
        Assert.Equal(2, questions.Count);
        Assert.Contains("small.txt", string.Concat(questions), StringComparison.Ordinal);

        isYes = true;
        var reloaded = visit.Page.WaitForNavigationAsync();
        await visit.ChooseAsync(small, large);
        await reloaded;
        Assert.Equal("another", File.ReadAllText(_server.Files["small.txt"]));
        Assert.Equal(20_000_000, new FileInfo(_server.Files["large.txt"]).Length);
    }

    [BrowserFact]
    public async Task What_the_server_says_against_a_file_is_shown_beside_it_and_the_others_go_on()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.Page.GoToAsync(Root);
        await visit.ChooseAsync(_own.Add(".actor-http-upload-x", "x"), _own.Add("good.txt", "good"));
        await visit.Page.WaitForSelectorAsync("#status ::-p-text(1 of 2 could not be uploaded.)");
        Assert.Equal(["Names of this kind are used by the server itself."], await visit.TextsAsync(".failed .share"));
        Assert.Equal("good", File.ReadAllText(_server.Files["good.txt"]));
        await Task.WhenAll(visit.Page.WaitForNavigationAsync(), visit.Page.ClickAsync("#reload"));
        Assert.Contains("good.txt", await visit.TextsAsync(Names));
    }

    // Not every browser tells of an answer that came before it had sent everything.
    [BrowserFact]
    public async Task An_upload_that_breaks_off_asks_where_there_is_a_file_and_else_says_that_it_is_lost()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.Page.GoToAsync(Root);
        var questions = new List<string>();
        visit.Page.Dialog += async (_, asked) =>
        {
            questions.Add(asked.Dialog.Message);
            await asked.Dialog.Dismiss();
        };
        await visit.Page.SetRequestInterceptionAsync(true);
        visit.Page.Request += async (_, asked) =>
            await (asked.Request.Method == HttpMethod.Put ? asked.Request.AbortAsync() : asked.Request.ContinueAsync());
        await visit.ChooseAsync(_own.Add("small.txt", "another"), _own.Add("new.txt", "new"));
        await visit.Page.WaitForSelectorAsync("#status ::-p-text(1 of 2 could not be uploaded.)");
        Assert.Contains("small.txt", Assert.Single(questions), StringComparison.Ordinal);
        Assert.Equal(["The connection was lost, or the file cannot be read."], await visit.TextsAsync(".failed .share"));
        Assert.Equal(["small.txt"], await visit.TextsAsync(".kept .what"));
    }

    [BrowserFact]
    public async Task An_upload_that_is_cancelled_leaves_nothing()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.Page.GoToAsync(Root);
        await visit.Page.EmulateNetworkConditionsAsync(new NetworkConditions { Upload = 50_000, Download = 50_000_000 });
        await visit.ChooseAsync(_own.Add("slow", TemporaryDirectory.Pattern(5_000_000)));
        await visit.Page.WaitForFunctionAsync("() => document.querySelector('#transfers progress').value > 0");
        Assert.Equal(
            "Cancel slow", await visit.Page.EvaluateExpressionAsync<string>("document.querySelector('#transfers button').ariaLabel"));
        await visit.Page.ClickAsync("#transfers button");
        await visit.Page.WaitForSelectorAsync("#status ::-p-text(Nothing was uploaded.)");
        await Until.TrueAsync(() => _server.Files.Entries.Count == 4, "what had come of the file is removed");
    }

    [BrowserFact]
    public async Task Files_that_are_dropped_on_the_page_are_uploaded()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.Page.GoToAsync(Root);
        await visit.Page.EvaluateExpressionAsync(
            """
            globalThis.items = new DataTransfer();
            items.items.add(new File(['dropped'], 'dropped.txt'));
            document.body.dispatchEvent(new DragEvent('dragenter', { bubbles: true, cancelable: true, dataTransfer: items }));
            """);
        await visit.Page.WaitForSelectorAsync(".drop", new WaitForSelectorOptions { Visible = true });
        await visit.Page.EvaluateExpressionAsync(
            "document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: items }))");
        await visit.Page.WaitForSelectorAsync($"{Names} ::-p-text(dropped.txt)");
        Assert.Equal("dropped", File.ReadAllText(_server.Files["dropped.txt"]));
        Assert.Empty(visit.Complaints);
    }

    [BrowserFact]
    public async Task Without_scripts_the_list_can_be_read_and_sorted_and_offers_no_upload()
    {
        await using var visit = await chromium.VisitAsync(runsScripts: false);
        await visit.Page.GoToAsync(Root);
        Assert.Equal(["folder", "large.txt", "small.txt"], await visit.TextsAsync(Names));
        await visit.FollowAsync("Name");
        Assert.Equal(["folder", "small.txt", "large.txt"], await visit.TextsAsync(Names));
        Assert.False(await visit.Page.EvaluateExpressionAsync<bool>("document.querySelector('#upload').checkVisibility()"));
        await visit.FollowAsync("small.txt");
        Assert.Equal("a small file", await visit.TextAsync());
        Assert.Empty(visit.Complaints);
    }

    [BrowserFact]
    public async Task A_name_that_would_like_to_be_markup_is_a_link_like_any_other()
    {
        const string Name = "<img src=x onerror=alert(1)> \"'&amp;#?%41:.txt";
        _server.Files.Add(Name, "harmless");
        await using var visit = await chromium.VisitAsync();
        await visit.Page.GoToAsync(Root);
        Assert.Contains(Name, await visit.TextsAsync(Names));
        await visit.FollowAsync("onerror");
        Assert.Equal("harmless", await visit.TextAsync());
        Assert.Empty(visit.Complaints);
    }

    [BrowserFact]
    public async Task Nothing_is_wider_than_a_narrow_window()
    {
        _server.Files.Add(new string('w', 200), "x");
        await using var visit = await chromium.VisitAsync();
        await visit.Page.SetViewportAsync(new ViewPortOptions { Width = 320, Height = 600 });
        await visit.Page.GoToAsync(Root);
        Assert.Equal(320, await visit.Page.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth"));
        Assert.Empty(visit.Complaints);
    }
}

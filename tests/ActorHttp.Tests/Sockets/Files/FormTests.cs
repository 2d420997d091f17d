using System.Text;
using System.Text.Json;
using ActorHttp.Tests.Files;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>Files that are posted to a folder as a form (RFC 7578), as curl -F and browsers do.</summary>
public sealed class FormTests : IAsyncLifetime
{
    private const string Boundary = "----boundary";
    private RunningServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await RunningServer.StartAsync("actor-http.files { form-parts = 5, body-size = 2MiB }");

    public async Task DisposeAsync()
    {
        await Until.TrueAsync(() => _server.Transfers.Count == 0, "no transfer goes on");
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_file_is_stored_under_its_own_name_and_the_answer_says_where()
    {
        var bytes = TemporaryDirectory.Pattern(300_000);
        var answer = await PostAsync("new/folder/", [File("grüße 100%.bin", bytes)]);
        Assert.Equal((201, "gr%C3%BC%C3%9Fe%20100%25.bin"), (answer.Status, answer["Location"]));
        Assert.Equal("stored grüße 100%.bin (300000 bytes)\n", Encoding.UTF8.GetString(answer.Body));
        var stored = await _server.GetAsync($"new/folder/{answer["Location"]}");
        Assert.Equal((200, answer["ETag"]), (stored.Status, stored["ETag"]));
        Assert.Equal(bytes, stored.Body);
        Assert.Equal(["new", "new/folder", "new/folder/grüße 100%.bin"], _server.Files.Entries);
    }

    [Theory]
    [InlineData("/files/")]
    [InlineData("folder/")]
    [InlineData("folder%2F")]
    public async Task Every_file_of_a_form_is_stored_and_its_fields_are_not(string folder)
    {
        _server.Files.Add("folder/a", "old");
        var answer = await PostAsync(
            folder,
            [File("a", "one"u8), Field("note", "hello"), File("", ""u8), File("dir/b:c", "two"u8), File("empty", ""u8)],
            "Accept: application/json");
        Assert.Equal((201, "application/json", null), (answer.Status, answer["Content-Type"], answer["Location"]));
        using var json = JsonDocument.Parse(answer.Body);
        var told = json.RootElement.GetProperty("files").EnumerateArray().ToList();
        Assert.Equal(["a", "b:c", "empty"], told.Select(file => file.GetProperty("name").GetString()));
        var target = new Uri($"http://x{(folder.StartsWith('/') ? folder : "/files/" + folder)}");
        string[] contents = ["one", "two", ""];
        foreach (var (file, content) in told.Zip(contents))
        {
            var stored = await _server.GetAsync(new Uri(target, file.GetProperty("href").GetString()).PathAndQuery);
            Assert.Equal((200, content, file.GetProperty("etag").GetString()), (stored.Status, stored.Text, stored["ETag"]));
        }

        Assert.Equal(folder == "/files/" ? 5 : 4, _server.Files.Entries.Count);
    }

    [Fact]
    public async Task A_name_with_a_quote_is_what_browsers_make_of_it()
    {
        Assert.Equal(201, (await PostAsync("/files/", [File("a%22b%41", "x"u8)])).Status);
        Assert.Equal(["a\"b%41"], _server.Files.Entries);
    }

    // Nothing of a form is stored for which there is a reason not to before its end.
    [Theory]
    [InlineData(400, "..")]
    [InlineData(400, ".")]
    [InlineData(400, "..\\x")]
    [InlineData(400, "dir/")]
    [InlineData(400, "good")]
    [InlineData(400, "\u00FF\u00FE", true)]
    [InlineData(400, ".actor-http-upload-0")]
    [InlineData(403, ".env")]
    [InlineData(409, "folder")]
    public async Task A_file_that_is_refused_refuses_the_form(int status, string name, bool isLatin1 = false)
    {
        Directory.CreateDirectory(_server.Files["folder"]);
        var bad = isLatin1
            ? Encoding.Latin1.GetBytes(Encoding.UTF8.GetString(File("NAME", "x"u8)).Replace("NAME", name, StringComparison.Ordinal))
            : File(name, "x"u8);
        Assert.Equal(status, (await PostAsync("/files/", [File("good", "x"u8), bad])).Status);
        Assert.Equal(["folder"], _server.Files.Entries);
    }

    [Theory]
    [InlineData(413, 6, "")]
    [InlineData(400, 0, "")]
    [InlineData(400, 1, "Content-Range: bytes 0-1/10")]
    [InlineData(415, 1, "Content-Encoding: gzip")]
    [InlineData(400, 1, "Repr-Digest: sha-256=:AAAA:")]
    [InlineData(403, 1, "Origin: http://evil.example")]
    [InlineData(403, 1, "Sec-Fetch-Site: cross-site")]
    [InlineData(412, 1, "If-Match: *")]
    public async Task A_form_that_is_refused_stores_nothing(int status, int files, string field)
    {
        var answer = await PostAsync(
            "/files/", [.. Enumerable.Range(0, files).Select(i => File($"file{i}", "x"u8))], field.Length == 0 ? [] : [field]);
        Assert.Equal(status, answer.Status);
        Assert.Empty(_server.Files.Entries);
    }

    [Fact]
    public async Task A_condition_is_about_each_file_and_none_replaces_what_is_there()
    {
        _server.Files.Add("b", "old");
        var answer = await PostAsync("/files/", [File("a", "new"u8), File("b", "new"u8)], "If-None-Match: *");
        Assert.Equal(412, answer.Status);
        Assert.StartsWith("b: ", answer.Text);
        Assert.Equal(["b"], _server.Files.Entries);
        Assert.Equal("old", System.IO.File.ReadAllText(_server.Files["b"]));
        Assert.Equal(201, (await PostAsync("/files/", [File("a", "new"u8)], "If-None-Match: *")).Status);
    }

    [Theory]
    [InlineData("multipart/form-data")]
    [InlineData("multipart/form-data; boundary=\"")]
    [InlineData("multipart/form-data; boundary=other")]
    public async Task A_form_without_its_delimiters_is_400(string type)
    {
        Assert.Equal(400, (await _server.AskAsync("POST", "/files/", Form([File("a", "x"u8)]), $"Content-Type: {type}")).Status);
        Assert.Empty(_server.Files.Entries);
    }

    [Fact]
    public async Task A_form_that_is_too_large_is_413_declared_or_not()
    {
        var form = Form([File("a", "x"u8), File("b", TemporaryDirectory.Pattern(2 * 1024 * 1024))]);
        Assert.Equal(
            413, (await _server.AskAsync("POST", "/files/", form, $"Content-Type: multipart/form-data; boundary={Boundary}")).Status);
        using var client = await _server.ConnectAsync();
        await client.SendAsync(
            $"POST /files/ HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary={Boundary}\r\nTransfer-Encoding: "
                + $"chunked\r\n\r\n{form.Length:x}\r\n");
        await client.SendAsync(form);
        Assert.Equal(413, (await client.ReadResponseAsync()).Status);
        await Until.TrueAsync(() => _server.Files.Entries.Count == 0, "nothing of the form stays");
    }

    [Fact]
    public async Task A_form_that_breaks_off_stores_nothing()
    {
        var form = Form([File("a", "x"u8), File("b", TemporaryDirectory.Pattern(100_000))]);
        using var client = await _server.ConnectAsync();
        await client.SendAsync(
            FileClient.Request("POST", "/files/", form.Length, $"Content-Type: multipart/form-data; boundary={Boundary}"));
        await client.SendAsync(form.AsMemory(0, form.Length - 10));
        await Until.TrueAsync(() => _server.Files.Entries.Count == 2, "both files have their temporary ones");
        client.Die();
        await Until.TrueAsync(() => _server.Files.Entries.Count == 0, "nothing of the form stays");

        // Whole by its length, and cut short by its delimiters.
        Assert.Equal(
            400,
            (await _server.AskAsync("POST", "/files/", form[..^10], $"Content-Type: multipart/form-data; boundary={Boundary}")).Status);
        Assert.Empty(_server.Files.Entries);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task A_form_to_a_files_name_is_415_and_says_what_to_do(string method)
    {
        var answer = await _server.AskAsync(
            method, "file", Form([File("a", "x"u8)]), $"Content-Type: multipart/form-data; boundary={Boundary}");
        Assert.Equal(415, answer.Status);
        Assert.Contains("curl -T", answer.Text);
        Assert.Empty(_server.Files.Entries);
    }

    [Fact]
    public async Task What_is_no_form_is_not_posted_to_a_folder()
    {
        var answer = await _server.AskAsync("POST", "/files/", [1]);
        Assert.Equal(415, answer.Status);
        Assert.Contains("curl -F", answer.Text);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_one_and_a_read_only_server_store_nothing()
    {
        _server.Files.Add("file", "x");
        Assert.Equal(409, (await PostAsync("file/", [File("a", "x"u8)])).Status);
        Assert.Equal(403, (await PostAsync(".git/", [File("a", "x"u8)])).Status);
        Assert.Equal(["file"], _server.Files.Entries);
        await using var other = await RunningServer.StartAsync("actor-http.files.read-only = on");
        Assert.Equal(
            405,
            (
                await other.AskAsync(
                    "POST", "/files/", Form([File("a", "x"u8)]), $"Content-Type: multipart/form-data; boundary={Boundary}")).Status);
        Assert.Empty(other.Files.Entries);
    }

    [LinuxFact]
    public async Task A_form_to_a_link_stores_where_the_link_leads_and_never_outside()
    {
        Directory.CreateDirectory(_server.Files["folder"]);
        _server.Files.Add("file", "old");
        Directory.CreateDirectory(_server.Files["../outside"]);
        System.IO.File.CreateSymbolicLink(_server.Files["to-folder"], "folder");
        System.IO.File.CreateSymbolicLink(_server.Files["to-file"], "file");
        System.IO.File.CreateSymbolicLink(_server.Files["to-nothing"], "made");
        System.IO.File.CreateSymbolicLink(_server.Files["out"], "../outside");
        Assert.Equal(201, (await PostAsync("to-folder/", [File("a", "x"u8)])).Status);
        Assert.Equal(201, (await PostAsync("to-nothing/", [File("a", "x"u8)])).Status);
        Assert.Equal(409, (await PostAsync("to-file/", [File("a", "x"u8)])).Status);
        Assert.Equal(404, (await PostAsync("out/", [File("a", "x"u8)])).Status);
        Assert.True(System.IO.File.Exists(_server.Files["folder/a"]) && System.IO.File.Exists(_server.Files["made/a"]));
        Assert.Empty(Directory.GetFiles(_server.Files["../outside"]));
        Assert.Equal("old", System.IO.File.ReadAllText(_server.Files["file"]));
    }

    // Its temporary file is in the deepest folder that there was, and the files before it are parked: their folders may go.
    [LinuxFact]
    public async Task A_refusal_when_the_files_take_their_names_is_told_file_by_file()
    {
        var form = Form([File("a", "x"u8), File("b", "x"u8), File("c", "x"u8)]);
        using var client = await _server.ConnectAsync();
        await client.SendAsync(
            FileClient.Request("POST", "/files/", form.Length, $"Content-Type: multipart/form-data; boundary={Boundary}"));
        await client.SendAsync(form.AsMemory(0, form.Length - 10));
        await Until.TrueAsync(() => _server.Files.Entries.Count == 3, "all files have their temporary ones");
        Directory.CreateDirectory(_server.Files["b"]);
        await client.SendAsync(form.AsMemory(form.Length - 10));
        var answer = await client.ReadResponseAsync();
        Assert.Equal(409, answer.Status);
        Assert.Equal(
            "stored a (1 bytes)\nnot stored b: This is a folder; a file cannot take its place. The address of a folder ends "
                + "with a slash, and of a file in it with the file's name.\nnot stored c: It was not stored, because the file "
                    + "before it was refused.\n",
            answer.Text);
        Assert.Equal(["a", "b"], _server.Files.Entries);
    }

    [LinuxFact]
    public async Task Files_that_wait_for_the_end_of_the_form_hold_no_descriptors()
    {
        await using var other = await RunningServer.StartAsync("actor-http.files.form-parts = 1000");
        var form = Form([.. Enumerable.Range(0, 400).Select(i => File($"file{i}", "x"u8))]);
        using var client = await other.ConnectAsync();
        var before = Directory.GetFiles("/proc/self/fd").Length;
        await client.SendAsync(
            FileClient.Request("POST", "/files/", form.Length, $"Content-Type: multipart/form-data; boundary={Boundary}"));
        await client.SendAsync(form.AsMemory(0, form.Length - 10));
        await Until.TrueAsync(() => other.Files.Entries.Count == 400, "all files have their temporary ones");
        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length - before, -1000, 100);
        await client.SendAsync(form.AsMemory(form.Length - 10));
        Assert.Equal(201, (await client.ReadResponseAsync()).Status);
        Assert.Equal(Enumerable.Range(0, 400).Select(i => $"file{i}").Order(StringComparer.Ordinal), other.Files.Entries);
    }

    private Task<RawResponse> PostAsync(string path, byte[][] parts, params string[] fields) =>
        _server.AskAsync("POST", path, Form(parts), [$"Content-Type: multipart/form-data; boundary={Boundary}", .. fields]);

    private static byte[] Form(byte[][] parts) =>
    [
        .. parts.SelectMany(part => (byte[])[.. Encoding.ASCII.GetBytes($"--{Boundary}\r\n"), .. part, .. "\r\n"u8]),
        .. Encoding.ASCII.GetBytes($"--{Boundary}--\r\n"),
    ];

    private static byte[] File(string name, ReadOnlySpan<byte> bytes) =>
        [.. Encoding.UTF8.GetBytes(
            $"Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: "
                + $"application/octet-stream\r\n\r\n"), .. bytes];

    private static byte[] Field(string name, string value) =>
        Encoding.UTF8.GetBytes($"Content-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}");
}

using ActorHttp.Server;
using ActorHttp.Tests.Sockets;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>
/// What an answer speaks of is on the disk itself: the system calls of a real server, in their order, and what it says when one of
/// them fails.
/// </summary>
public sealed class DurabilityTests : IDisposable
{
    private const string FormType = "Content-Type: multipart/form-data; boundary=b";
    private const string PartType = "Content-Type: application/partial-upload";

    private const string Form =
        "--b\r\nContent-Disposition: form-data; name=f; filename=one\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=f; "
            + "filename=two\r\n\r\n2\r\n--b--\r\n";

    private readonly TemporaryDirectory _files = new("root");
    private SlowDisk? _disk;
    private ServerProcess? _server;

    public void Dispose()
    {
        _server?.Dispose();
        _disk?.Dispose();
        _files.Dispose();
    }

    [CompilerTheory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Each_answer_is_sent_after_the_disk_has_all_that_it_speaks_of(bool flushes, bool hasStatx)
    {
        await StartAsync($"actor-http.files.flush-to-disk = {(flushes ? "on" : "off")}", hasStatx);

        // The bytes before the name, the name before the answer, and behind it the rights and times that came with the name.
        string[] create = ["create PART", "write PART"];
        string[] name = ["fsync PART", "times PART", "mode PART", "rename file", "fsync .", "fsync file"];
        await ExpectAsync(Request("PUT", "file", "new"), [.. create, .. name, "answer 201"]);
        await ExpectAsync(Request("PUT", "file", "over"), [.. create, .. name, "answer 204"]);
        await ExpectAsync(Request("POST", "file", "post"), [.. create, .. name, "answer 201"]);
        await ExpectAsync(Request("DELETE", "file"), ["unlink file", "fsync .", "answer 204"]);

        // Of folders that are made on the way the names, too.
        await ExpectAsync(
            Request("PUT", "a/b/file", "deep"),
            [
                .. create, "fsync PART", "times PART", "mkdir a", "mkdir a/b", "mode PART", "rename a/b/file",
                "fsync a/b", "fsync a", "fsync .", "fsync a/b/file", "answer 201",
            ]);
        await ExpectAsync(Request("DELETE", "a/b/file"), ["unlink a/b/file", "fsync a/b", "answer 204"]);
        await ExpectAsync(Request("DELETE", "a/b/"), ["rmdir a/b", "fsync a", "answer 204"]);

        // Of folders that are there, too: another upload may have made them just now, and not have flushed them yet.
        await ExpectAsync(
            Request("PUT", "a/file", "new"),
            [
                "create a/PART",
                "write a/PART",
                "fsync a/PART",
                "times a/PART",
                "mode a/PART",
                "rename a/file",
                "fsync a",
                "fsync .",
                "fsync a/file",
                "answer 201",
            ]);
        await ExpectAsync(
            Request("PUT", "a/file", "abc", "Upload-Complete: ?0"),
            [
                "create a/TICKET-new",
                "write a/TICKET-new",
                "fsync a/TICKET-new",
                "rename a/TICKET",
                "create a/PART",
                "fsync a",
                "fsync .",
                "write a/PART",
                "fsync a/PART",
                "answer 201",
            ]);

        // Every file of a form.
        await ExpectAsync(
            Request("POST", "", Form, FormType),
            [
                .. create, .. create, "fsync PART", "fsync PART",
                "times PART", "mode PART", "rename one", "fsync .", "fsync one",
                "times PART", "mode PART", "rename two", "fsync .", "fsync two", "answer 201",
            ]);

        // The ticket before the client is told of it, each part before the client is told how far it has come.
        string[] ticket = ["create TICKET-new", "write TICKET-new", "fsync TICKET-new", "rename TICKET"];
        var begun = await ExpectAsync(
            Request("PUT", "file", "abc", "Upload-Complete: ?0"),
            [.. ticket, "create PART", "fsync .", "write PART", "fsync PART", "answer 201"]);
        var upload = begun["Location"]!;
        await ExpectAsync(Request("HEAD", upload), ["fsync PART", "answer 204"]);
        await ExpectAsync(
            Request("PATCH", upload, "def", $"{PartType}\r\nUpload-Complete: ?0\r\nUpload-Offset: 3"),
            ["write PART", "fsync PART", "answer 204"]);
        await ExpectAsync(
            Request("PATCH", upload, "ghi", $"{PartType}\r\nUpload-Complete: ?0\r\nUpload-Offset: 6\r\nUpload-Length: 12"),
            [.. ticket, "fsync .", "write PART", "fsync PART", "answer 204"]);
        await ExpectAsync(
            Request(
                "PATCH",
                upload,
                "bad",
                $"{PartType}\r\nUpload-Complete: ?1\r\nUpload-Offset: 9\r\nContent-Digest: "
                    + $"sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"),
            ["write PART", "cut PART", "fsync PART", "answer 400"]);
        await ExpectAsync(
            Request("PATCH", upload, "jkl", $"{PartType}\r\nUpload-Complete: ?1\r\nUpload-Offset: 9"),
            ["write PART", .. name, "unlink TICKET", "answer 201"]);
        Assert.Equal("abcdefghijkl", File.ReadAllText(_files["file"]));

        // What is given up stays given up.
        var second = await ExpectAsync(
            Request("PUT", "file", "abc", "Upload-Complete: ?0"),
            [.. ticket, "create PART", "fsync .", "write PART", "fsync PART", "answer 201"]);
        await ExpectAsync(Request("DELETE", second["Location"]!), ["unlink PART", "unlink TICKET", "fsync .", "answer 204"]);

        // A folder that came into being while the upload did may be so new that the disk does not have its name.
        var third = await ExpectAsync(
            Request("PUT", "c/file", "abc", "Upload-Complete: ?0\r\nUpload-Length: 6"),
            [.. ticket, "create PART", "fsync .", "write PART", "fsync PART", "answer 201"]);
        Directory.CreateDirectory(_files["c"]);
        await ExpectAsync(
            Request("PATCH", "c/" + third["Location"]!, "def", $"{PartType}\r\nUpload-Complete: ?1\r\nUpload-Offset: 3"),
            [
                "write PART",
                "fsync PART",
                "times PART",
                "mkdir c",
                "mode PART",
                "rename c/file",
                "fsync c",
                "fsync .",
                "fsync c/file",
                "unlink TICKET",
                "answer 201",
            ]);

        async Task<RawHead> ExpectAsync(string request, string[] steps)
        {
            using var client = await RawClient.ConnectAsync(_server!.Address);
            await client.SendAsync(request);
            RawHead head;
            do
                head = await client.ReadAnyHeadAsync();
            while (head.Status < 200);
            var taken = _disk!.TakeSteps().ToList();

            // It may pass the first bytes by, and never the ticket.
            var news = taken.IndexOf("answer 104");
            Assert.True(
                news < 0 || !flushes || (taken.IndexOf("fsync .") is >= 0 and var flushed && flushed < news),
                "The client hears of its ticket too early.");
            taken.Remove("answer 104");
            Assert.Equal(steps.Where(step => flushes || !step.StartsWith("fsync ", StringComparison.Ordinal)), taken);
            return head;
        }
    }

    // A step that fails, what the client sees (0 is a reset), and what is there afterwards.
    [CompilerFact]
    public async Task When_the_disk_fails_the_answer_and_the_disk_agree()
    {
        await StartAsync("");
        (string Fault, string Request, int Status, string[] Left)[] cases =
        [
            // Nothing is changed yet: an error is true.
            ("fail fsync .actor-http-upload-*", Request("PUT", "file", "new"), 500, ["file=old"]),
            ("fail rename file", Request("PUT", "file", "new"), 500, ["file=old"]),
            ("refuse 24", Request("PUT", "file", "new"), 503, ["file=old"]),
            ("refuse 24", Request("DELETE", "file"), 503, ["file=old"]),
            ("fail mkdir a/b", Request("PUT", "a/b/file", "new"), 500, ["file=old"]),
            ("fail unlink file", Request("DELETE", "file"), 500, ["file=old"]),
            ("fail fsync .actor-http-upload-*", Request("POST", "", Form, FormType), 500, ["file=old"]),

            // It is changed, and only the disk knows for how long: neither an error nor a success would be true.
            ("fail fsync .", Request("PUT", "file", "new"), 0, ["file=new"]),
            ("fail fsync file", Request("PUT", "file", "new"), 0, ["file=new"]),
            ("fail fsync .", Request("PUT", "a/b/file", "new"), 0, ["a/b/file=new", "file=old"]),
            ("fail fsync .", Request("POST", "", Form, FormType), 0, ["file=old", "one=1"]),
            ("fail fsync .", Request("DELETE", "file"), 0, []),
            ("lie rename file", Request("PUT", "file", "new"), 0, ["file=new"]),
            ("lie rename two", Request("POST", "", Form, FormType), 0, ["file=old", "one=1", "two=2"]),

            // A folder that this process may write to and not list is left to the system.
            ("refuse 13", Request("PUT", "file", "new"), 204, ["file=new"]),
            ("refuse 13", Request("DELETE", "file"), 204, []),

            // An upload of which the client has not been told leaves nothing.
            ("fail fsync .", Request("PUT", "file", "new", "Upload-Complete: ?1"), 500, ["file=old"]),
            ("fail fsync .actor-http-upload-*", Request("PUT", "file", "new", "Upload-Complete: ?1"), 500, ["file=old"]),
            ("fail create .actor-http-upload-*", Request("PUT", "file", "new", "Upload-Complete: ?1"), 500, ["file=old"]),
            ("fail rename .actor-http-upload-*", Request("PUT", "file", "new", "Upload-Complete: ?1"), 500, ["file=old"]),
        ];
        foreach (var (fault, request, status, left) in cases)
        {
            foreach (var entry in Directory.GetFileSystemEntries(_files.Path))
            {
                if (Directory.Exists(entry))
                    Directory.Delete(entry, recursive: true);
                else
                    File.Delete(entry);
            }

            _files.Add("file", "old");
            Break(fault);
            var seen = await StatusAsync(request);
            _disk!.Heal();
            Assert.Equal(
                (fault, request, status, string.Join(' ', left)),
                (
                    fault,
                    request,
                    seen,
                    string.Join(
                        ' ',
                        _files.Entries.Where(name => !Directory.Exists(_files[name])).Select(
                            name => $"{name}={File.ReadAllText(_files[name])}"))));

            // The writer of the place is well.
            Assert.InRange(await StatusAsync(Request("PUT", "file", "later")), 201, 204);
        }
    }

    // The system tells once that it has lost bytes. To go on with them would store a file with a hole.
    [CompilerFact]
    public async Task An_upload_of_which_the_disk_has_lost_bytes_cannot_be_taken_up_again()
    {
        await StartAsync("");
        foreach (var (method, completes) in new[] { ("HEAD", ""), ("PATCH", "?0"), ("PATCH", "?1") })
        {
            var upload = await BeginAsync();
            _disk!.Fail("fsync .actor-http-upload-*");
            var request = method == "HEAD"
                ? Request(method, upload)
                : Request(method, upload, "def", $"{PartType}\r\nUpload-Complete: {completes}\r\nUpload-Offset: 3");
            Assert.Equal(500, await StatusAsync(request));
            _disk.Heal();
            Assert.Equal(404, await StatusAsync(Request("HEAD", upload)));
            Assert.Empty(_files.Entries);
        }

        // Nor is one said to be removed that is not.
        var last = await BeginAsync();
        _disk!.Fail("unlink .actor-http-upload-*");
        Assert.Equal(500, await StatusAsync(Request("DELETE", last)));
        _disk.Heal();
        Assert.Equal(204, await StatusAsync(Request("HEAD", last)));
        _disk.Fail("fsync .");
        Assert.Equal(0, await StatusAsync(Request("DELETE", last)));
        _disk.Heal();
        Assert.Equal(404, await StatusAsync(Request("HEAD", last)));
        Assert.Empty(_files.Entries);
    }

    private void Break(string fault)
    {
        var step = fault[(fault.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        if (fault.StartsWith("lie ", StringComparison.Ordinal))
            _disk!.Lie(step);
        else if (fault.StartsWith("refuse ", StringComparison.Ordinal))
            _disk!.Refuse(int.Parse(step, System.Globalization.CultureInfo.InvariantCulture));
        else
            _disk!.Fail(step);
    }

    private async Task StartAsync(string settings, bool hasStatx = true)
    {
        _disk = new SlowDisk();
        _disk.Open();
        _server = await _disk.StartAsync(_files.Path, settings, hasStatx);
    }

    private async Task<string> BeginAsync()
    {
        using var client = await RawClient.ConnectAsync(_server!.Address);
        await client.SendAsync(Request("PUT", "file", "abc", "Upload-Complete: ?0\r\nUpload-Length: 6"));
        Assert.Equal(104, (await client.ReadAnyHeadAsync()).Status);
        return (await client.ReadHeadAsync())["Location"]!;
    }

    // The final status; 0 for a reset.
    private async Task<int> StatusAsync(string request)
    {
        using var client = await RawClient.ConnectAsync(_server!.Address);
        await client.SendAsync(request);
        client.FinishSending();
        var (bytes, end) = await client.ReadToEndAsync();
        var heads = System.Text.Encoding.Latin1.GetString(bytes).Split("\r\n\r\n").Where(
            part => part.StartsWith("HTTP/1.1 ", StringComparison.Ordinal));
        var final = heads.Select(head => RawHead.Parse(head).Status).FirstOrDefault(status => status >= 200);
        Assert.Equal(final == 0 ? StreamEnd.Reset : StreamEnd.Fin, end);
        return final;
    }

    private static string Request(string method, string path, string? body = null, string fields = "") =>
        $"{method} /files/{path} HTTP/1.1\r\nHost: localhost\r\n{(fields.Length == 0 ? "" : fields + "\r\n")}"
        + (body is null ? "\r\n" : $"Content-Length: {body.Length}\r\n\r\n{body}");
}

using System.Globalization;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>Dates as validators: what is sent, and what is made of it when it comes back.</summary>
public sealed class DateTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync("actor-http.files.flush-to-disk = off");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory, Trait("RFC", "9110 §8.8.2.1")]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task Last_Modified_is_not_later_than_Date(string method)
    {
        Future("file", "x");
        for (var i = 0; i < 20; i++)
        {
            var answer = await _server.AskAsync(method, "file");
            Assert.True(
                Moment(answer["Last-Modified"]!) <= Moment(answer["Date"]!), $"{answer["Last-Modified"]} is later than {answer["Date"]}.");
        }

        var notModified = await _server.GetAsync("file", "If-None-Match: *");
        Assert.Equal(304, notModified.Status);
        Assert.True(Moment(notModified["Last-Modified"]!) <= Moment(notModified["Date"]!));
    }

    [Fact, Trait("RFC", "9110 §8.8.2.1")]
    public async Task Other_bytes_in_place_of_a_file_of_the_future_are_sent_whatever_date_the_client_has()
    {
        Future("file", "old");
        var old = await _server.GetAsync("file");
        Assert.Equal(204, (await _server.PutAsync("file", "new")).Status);
        foreach (var date in new[] { old["Last-Modified"]!, "Sat, 01 Jan 2050 00:00:00 GMT" })
        {
            var answer = await _server.GetAsync("file", $"If-Modified-Since: {date}");
            Assert.Equal((200, "new"), (answer.Status, answer.Text));
            Assert.NotEqual(old["ETag"], answer["ETag"]);

            // curl -z compares the dates itself, and drops bytes that are not newer.
            Assert.True(
                Moment(answer["Last-Modified"]!) > Moment(old["Last-Modified"]!),
                $"{answer["Last-Modified"]} is not later than {old["Last-Modified"]}.");
        }

        Assert.True(File.GetLastWriteTimeUtc(_server.Files["file"]) <= DateTime.UtcNow.AddSeconds(1));
    }

    [Fact, Trait("RFC", "9110 §8.8.2.2")]
    public async Task Of_uploads_within_one_second_none_is_taken_for_another_by_its_date()
    {
        await _server.PutAsync("file", "0000");
        for (var i = 1; i <= 30; i++)
        {
            var before = await _server.GetAsync("file");
            Assert.Equal(204, (await _server.PutAsync("file", $"{i:0000}")).Status);
            var since = await _server.GetAsync("file", $"If-Modified-Since: {before["Last-Modified"]}");
            Assert.Equal((200, $"{i:0000}"), (since.Status, since.Text));
            Assert.Equal(412, (await _server.AskAsync("DELETE", "file", null, $"If-Unmodified-Since: {before["Last-Modified"]}")).Status);
            var range = await _server.GetAsync("file", "Range: bytes=0-1", $"If-Range: {before["Last-Modified"]}");
            Assert.Equal((200, $"{i:0000}"), (range.Status, range.Text));
        }
    }

    [Fact, Trait("RFC", "9110 §8.8.2.2")]
    public async Task Of_writes_by_another_program_within_one_second_none_is_taken_for_another_by_its_date()
    {
        for (var i = 1; i <= 30; i++)
        {
            File.WriteAllText(_server.Files["file"], $"{i:0000}");
            var before = await _server.GetAsync("file");
            File.WriteAllText(_server.Files["file"], $"{-i:000}");
            var since = await _server.GetAsync("file", $"If-Modified-Since: {before["Last-Modified"]}");
            Assert.Equal((200, $"{-i:000}"), (since.Status, since.Text));
        }
    }

    [Fact, Trait("RFC", "9110 §13.1.3")]
    public async Task What_has_not_changed_is_304_by_the_date_that_was_sent()
    {
        _server.Files.Add("settled", "x");
        File.SetLastWriteTimeUtc(_server.Files["settled"], DateTime.UtcNow.AddHours(-1));
        await _server.PutAsync("new", "x");
        foreach (var name in new[] { "settled", "new" })
        {
            var first = await _server.GetAsync(name);
            var second = await _server.GetAsync(name, $"If-Modified-Since: {first["Last-Modified"]}");
            Assert.Equal((304, first["Last-Modified"]), (second.Status, second["Last-Modified"]));
        }
    }

    [Theory, Trait("RFC", "9110 §13.1.3")]
    [InlineData("Sat, 01 Jan 2050 00:00:00 GMT", 200)]
    [InlineData("yesterday", 200)]
    [InlineData("Sat, 01 Jan 2000 00:00:00 GMT, Sat, 01 Jan 2000 00:00:00 GMT", 200)]
    [InlineData("Wed, 01 Jan 2020 00:00:01 GMT", 304)]
    [InlineData("Wed, 01 Jan 2020 00:00:00 GMT", 304)]
    [InlineData("Tue, 31 Dec 2019 23:59:59 GMT", 200)]
    public async Task A_date_counts_when_it_is_one_and_not_still_to_come(string date, int status)
    {
        _server.Files.Add("file", "x");
        File.SetLastWriteTimeUtc(_server.Files["file"], new DateTime(2020, 1, 1, 0, 0, 0, 700, DateTimeKind.Utc));
        Assert.Equal(status, (await _server.GetAsync("file", $"If-Modified-Since: {date}")).Status);

        // §13.1.3: for GET and HEAD only, and not beside If-None-Match.
        Assert.Equal(200, (await _server.GetAsync("file", $"If-Modified-Since: {date}", "If-None-Match: \"other\"")).Status);
        Assert.Equal(204, (await _server.AskAsync("DELETE", "file", null, $"If-Modified-Since: {date}")).Status);
    }

    [Fact, Trait("RFC", "9110 §13.1.5")]
    public async Task A_range_by_a_date_counts_for_exactly_that_date_once_its_second_is_over()
    {
        _server.Files.Add("file", "0123");
        File.SetLastWriteTimeUtc(_server.Files["file"], new DateTime(2020, 1, 1, 0, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(206, (await _server.GetAsync("file", "Range: bytes=0-1", "If-Range: Wed, 01 Jan 2020 00:00:00 GMT")).Status);
        Assert.Equal(200, (await _server.GetAsync("file", "Range: bytes=0-1", "If-Range: Wed, 01 Jan 2020 00:00:01 GMT")).Status);
        Future("file", "0123");
        var future = File.GetLastWriteTimeUtc(_server.Files["file"]).ToString("R", CultureInfo.InvariantCulture);
        Assert.Equal(200, (await _server.GetAsync("file", "Range: bytes=0-1", $"If-Range: {future}")).Status);
        var sent = (await _server.GetAsync("file"))["Last-Modified"];
        Assert.Equal(200, (await _server.GetAsync("file", "Range: bytes=0-1", $"If-Range: {sent}")).Status);
    }

    private void Future(string name, string text) =>
        File.SetLastWriteTimeUtc(_server.Files.Add(name, text), new DateTime(2045, 1, 1, 0, 0, 0, DateTimeKind.Utc));

    private static DateTime Moment(string date) => DateTime.ParseExact(date, "R", CultureInfo.InvariantCulture);
}

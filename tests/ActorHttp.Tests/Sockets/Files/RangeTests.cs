using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>Ranges on the wire. What a Range field means is tested in Semantics.</summary>
[Trait("RFC", "9110 §14")]
public sealed class RangeTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly RunningServer _server = fixture.Server;

    [Theory]
    [InlineData(10, "bytes=0-1,5-6", "0-1 5-6")]
    [InlineData(10, "bytes=-1,0-0", "9-9 0-0")]
    [InlineData(10, "bytes=0-0,99-,3-", "0-0 3-9")]
    [InlineData(3_000_000, "bytes=10-1500009,2000000-,1-2", "10-1500009 2000000-2999999 1-2")]
    public async Task Several_ranges_are_parts_of_one_answer(int length, string range, string parts)
    {
        var bytes = TemporaryDirectory.Pattern(length);
        _server.Files.Add("file.bin", bytes);
        var response = await _server.GetAsync("file.bin", $"Range: {range}");
        Assert.Equal(206, response.Status);
        Assert.Null(response["Content-Range"]);
        Assert.Equal(response.Body.Length.ToString(CultureInfo.InvariantCulture), response["Content-Length"]);
        Assert.Equal(parts.Split(' ').Select(part => Part(bytes, part)), Parts(response, length));
    }

    [Fact]
    public async Task Sixteen_ranges_are_served_and_one_more_is_ignored()
    {
        _server.Files.Add("many", TemporaryDirectory.Pattern(100));
        string Of(int count) => "Range: bytes=" + string.Join(',', Enumerable.Range(0, count).Select(i => $"{i * 3}-{i * 3}"));
        Assert.Equal(16, Parts(await _server.GetAsync("many", Of(16)), 100).Count());
        var whole = await _server.GetAsync("many", Of(17));
        Assert.Equal((200, 100), (whole.Status, whole.Body.Length));
    }

    [Fact]
    public async Task Ranges_that_overlap_are_not_sent_twice()
    {
        _server.Files.Add("overlap", TemporaryDirectory.Pattern(1000));
        var response = await _server.GetAsync("overlap", "Range: bytes=0-,0-,0-,500-,1-2");
        Assert.Equal((206, 1000, "bytes 0-999/1000"), (response.Status, response.Body.Length, response["Content-Range"]));
    }

    [Fact]
    public async Task What_is_behind_the_end_is_416()
    {
        _server.Files.Add("short", "0123456789");
        var response = await _server.GetAsync("short", "Range: bytes=10-,20-30");
        Assert.Equal((416, "bytes */10"), (response.Status, response["Content-Range"]));
    }

    [Fact, Trait("RFC", "9110 §14.2")]
    public async Task Head_says_what_get_without_a_range_would()
    {
        _server.Files.Add("head", "0123456789");
        var head = await _server.AskAsync("HEAD", "head", null, "Range: bytes=0-1");
        Assert.Equal((200, "10"), (head.Status, head["Content-Length"]));
    }

    [Fact, Trait("RFC", "9110 §13.1.5")]
    public async Task Several_ranges_count_only_if_the_file_is_the_one_meant()
    {
        _server.Files.Add("if", "0123456789");
        var tag = (await _server.GetAsync("if"))["ETag"];
        Assert.Equal(206, (await _server.GetAsync("if", "Range: bytes=0-0,2-2", $"If-Range: {tag}")).Status);
        Assert.Equal(200, (await _server.GetAsync("if", "Range: bytes=0-0,2-2", "If-Range: \"other\"")).Status);
        Assert.Equal(200, (await _server.GetAsync("if", "Range: bytes=0-0,2-2", $"If-Range: W/{tag}")).Status);
    }

    private static (string, string) Part(byte[] bytes, string range)
    {
        var ends = range.Split('-').Select(int.Parse).ToArray();
        return ($"{range}/{bytes.Length}", Encoding.Latin1.GetString(bytes[ends[0]..(ends[1] + 1)]));
    }

    // By the letter of RFC 2046 §5.1.1.
    private static IEnumerable<(string Range, string Bytes)> Parts(RawResponse response, int length)
    {
        var boundary = Regex.Match(response["Content-Type"]!, "^multipart/byteranges; boundary=([0-9a-f]+)$").Groups[1].Value;
        Assert.NotEqual("", boundary);
        var text = response.Text;
        Assert.StartsWith($"--{boundary}\r\n", text);
        Assert.EndsWith($"\r\n--{boundary}--\r\n", text);
        foreach (var part in text[($"--{boundary}\r\n".Length)..^($"\r\n--{boundary}--\r\n".Length)].Split($"\r\n--{boundary}\r\n"))
        {
            var head = Regex.Match(
                part, $"^Content-Type: application/octet-stream\r\nContent-Range: bytes ([0-9]+-[0-9]+/{length})\r\n\r\n");
            Assert.True(head.Success, part[..Math.Min(part.Length, 100)]);
            yield return (head.Groups[1].Value, part[head.Length..]);
        }
    }
}

using System.Text;
using ActorHttp.Tests.Properties;
using ActorHttp.Tests.Protocol.Http1;

namespace ActorHttp.Tests.Fuzz;

/// <summary>
/// Every stream that differs from a good one in a single byte. Rules about one byte at one place, a CR behind the data of a
/// chunk for example, are met for certain, and not when chance finds them.
/// </summary>
public class OneByteTests
{
    private const string Next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

    /// <summary>Between them they have each terminal of RFC 9112's grammar at each place where the grammar has it.</summary>
    public static TheoryData<string> Streams =>
    [
        "GET /a?b HTTP/1.1\r\nHost: a:80\r\nX:\tb c \r\n\r\n" + Next,
        "\r\nGET http://a/b HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n" + Next,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + Next,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\nExpect: 100-continue\r\n\r\nhello" + Next,
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
            + "chunked\r\n\r\n5\r\nhello\r\n1a\r\n\r\n0\r\n\r\n0123456789abcdef01\r\n\r\n0\r\n\r\n" + Next,
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b; c = \"d\\\"e\"\r\nx\r\n0;f\r\nT: u\r\n\r\n" + Next,
    ];

    [Theory, MemberData(nameof(Streams)), Trait("RFC", "9112 §2.1")]
    public void No_wrong_byte_makes_two_readings(string stream)
    {
        var good = Encoding.Latin1.GetBytes(stream);
        Assert.Null(Fault(good));
        for (var at = 0; at < good.Length - Next.Length; at++)
        {
            foreach (var instead in Instead(good[at]))
            {
                byte[] bytes = [.. good[..at], .. instead, .. good[(at + 1)..]];
                if (Fault(bytes) is { } fault)
                {
                    Assert.Fail(
                        $"Byte {at} of the stream below was "
                            + $"{VisibleBytes.Encode(good[at..(at + 1)])}.\n{HostileCase.Visible(bytes)}\n\n{fault}");
                }
            }
        }
    }

    // Any other byte, none, two of it, or a delimiter before it.
    private static IEnumerable<byte[]> Instead(byte good) =>
    [
        .. Enumerable.Range(0, 256).Where(b => b != good).Select(b => new[] { (byte)b }),
        [],
        [good, good],
        .. Hurt.Delimiters.Select(delimiter => new[] { delimiter, good }),
    ];

    private static Exception? Fault(byte[] bytes) => Record.Exception(() => Differential.Check(Vector.DefaultLimits, bytes));
}

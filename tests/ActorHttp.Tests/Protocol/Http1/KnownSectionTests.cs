using System.Text;
using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;

namespace ActorHttp.Tests.Protocol.Http1;

/// <summary>What a connection said before changes nothing about what it says now.</summary>
public sealed class KnownSectionTests
{
    // Sections that are alike, begin alike or mean something else behind another request line.
    private static readonly string[] Lines =
    [
        "GET /a HTTP/1.1", "HEAD /b?c HTTP/1.1", "GET /a HTTP/1.0", "GET http://other/a HTTP/1.1", "OPTIONS * HTTP/1.1",
        "OPTIONS http://other HTTP/1.1", "POST /a HTTP/1.1",
    ];

    private static readonly string[] Sections =
    [
        "Host: x\r\n\r\n",
        "Host: x\r\nAccept: y\r\n\r\n",
        "Host: x\r\nConnection: close\r\n\r\n",
        "Host: x\r\nConnection: keep-alive\r\n\r\n",
        "Host: x\r\nAccept-Encoding: gzip\r\n\r\n",
        "Host: x\r\nContent-Length: 0\r\n\r\n",
        "Host: x\r\nExpect: 100-continue\r\n\r\n",
        "Host: x\r\nExpect: 200-ok\r\n\r\n",
        "Host: x\r\nHost: y\r\n\r\n",
        "Accept: y\r\n\r\n",
        "Host: x\r\nX: " + new string('v', 3000) + "\r\n\r\n",
    ];

    [Fact]
    public void A_head_means_the_same_behind_any_other()
    {
        var heads = Lines.SelectMany(line => Sections.Select(section => $"{line}\r\n{section}")).ToList();
        foreach (var first in heads)
        {
            foreach (var second in heads)
            {
                var reader = new RequestReader(Vector.DefaultLimits);
                if (Read(reader, first) is ReadEventKind.Rejected)
                    continue;
                Assert.Equal(Describe(new RequestReader(Vector.DefaultLimits), second), Describe(reader, second));
            }
        }
    }

    [Fact]
    public void The_same_fields_are_not_read_again()
    {
        var reader = new RequestReader(Vector.DefaultLimits);
        Read(reader, "GET /a HTTP/1.1\r\nHost: x\r\nAccept: y\r\n\r\n");
        var fields = reader.Head!.Headers;
        Read(reader, "POST /b HTTP/1.1\r\nHost: x\r\nAccept: y\r\n\r\n");
        Assert.Same(fields, reader.Head.Headers);
        Assert.Equal((RequestMethod.Post, "/b"), (reader.Head.Method, reader.Head.Target.Path));
        Read(reader, "GET /a HTTP/1.1\r\nHost: x\r\nAccept: z\r\n\r\n");
        Assert.NotSame(fields, reader.Head.Headers);
    }

    [Fact]
    public void Fields_that_come_in_pieces_are_the_same_fields()
    {
        var reader = new RequestReader(Vector.DefaultLimits);
        Read(reader, "GET /a HTTP/1.1\r\nHost: x\r\nAccept: y\r\n\r\n");
        Assert.Equal(ReadEventKind.NeedMore, reader.Read("GET /b HTTP/1.1\r\nHost: x\r\nAcc"u8).Kind);
        Assert.Equal(ReadEventKind.Head, reader.Read("Accept: y\r\n\r\n"u8).Kind);
        Assert.Equal(("/b", 2, "y"), (reader.Head!.Target.Path, reader.Head.Headers.Count, reader.Head.Headers["Accept"]));
    }

    private static string Describe(RequestReader reader, string head) => Read(reader, head) is ReadEventKind.Rejected
        ? reader.Rejection.ToString()
        : $"{reader.Head! with { Headers = HttpHeaders.Empty }} {string.Join("; ", reader.Head.Headers)}";

    // Up to the head's event, and to the end behind it.
    private static ReadEventKind Read(RequestReader reader, string head)
    {
        var seen = reader.Read(Encoding.ASCII.GetBytes(head));
        if (seen.Kind == ReadEventKind.Head)
            Assert.Equal(new ReadEvent(ReadEventKind.End, 0), reader.Read(default));
        return seen.Kind;
    }
}

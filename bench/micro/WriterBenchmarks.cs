using ActorHttp.Buffers;
using ActorHttp.Connections;
using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using BenchmarkDotNet.Attributes;

namespace ActorHttp.Micro;

/// <summary>Measures the way from an answer to the bytes for the socket.</summary>
public class WriterBenchmarks
{
    private static readonly byte[] Body = "abc"u8.ToArray();

    private readonly OutputBuffer _output = new();
    private readonly DateField _date = new(TimeProvider.System);
    private readonly HttpHeaders _text = HttpResponse.Text(default, 200, Body, CodingChoice.Always).Headers;
    private readonly HttpHeaders _many = HttpHeaders.Of(
        ("Content-Type", "text/html; charset=utf-8"), ("Last-Modified", "Sun, 22 Nov 2026 10:00:00 GMT"), ("ETag", "\"5f3a-1b2c\""),
        ("Cache-Control", "public, max-age=3600"), ("Vary", "Accept-Encoding"), ("Accept-Ranges", "bytes"), ("Server", "ActorHttp"),
        ("Content-Language", "en"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
        ("Content-Security-Policy", "default-src 'self'; img-src *; style-src 'self' 'unsafe-inline'"),
        ("Set-Cookie", "session=0123456789abcdef0123456789abcdef; Path=/; HttpOnly; SameSite=Lax"));

    [Benchmark(Description = "small text")]
    public int Small() => Write(_text);

    [Benchmark(Description = "twelve fields")]
    public int Many() => Write(_many);

    [Benchmark(Description = "small text, of 16 in one write", OperationsPerInvoke = 16)]
    public int Pipelined()
    {
        for (var i = 0; i < 16; i++)
            WriteHead(_text);
        return Take();
    }

    private int Write(HttpHeaders headers)
    {
        WriteHead(headers);
        return Take();
    }

    private void WriteHead(HttpHeaders headers)
    {
        var framing = ResponseFraming.Of(RequestMethod.Get, HttpVersion.Http11, true, 200, Body.Length);
        ResponseWriter.WriteHead(_output, HttpVersion.Http11, 200, headers, framing, _date.Current);
        _output.WriteBody(Body);
    }

    private int Take()
    {
        var pieces = _output.Take().Length;
        _output.Release();
        return pieces;
    }
}

using System.Globalization;
using System.Text;
using ActorHttp.Tests.Connections;
using ActorHttp.Tests.Sockets;

namespace ActorHttp.Tests.Fuzz;

/// <summary>One answer out of all that a server said on a connection.</summary>
/// <param name="Interims">The interim answers before it.</param>
/// <param name="Body">The body without its framing and its content coding; null when the stream broke before its end.</param>
internal sealed record Answer(RawHead Head, IReadOnlyList<int> Interims, byte[]? Body)
{
    public bool Closes => Head["Connection"] == "close";

    /// <summary>Whether the end of the connection is the end of the body.</summary>
    public bool EndsWithConnection =>
        Closes && Head["Content-Length"] is null && Head["Transfer-Encoding"] is null && Head.Status is not (204 or 304);
}

/// <summary>Takes all that a server said on a connection apart by the letter.</summary>
internal sealed class Answers
{
    private readonly string _text;
    private readonly bool _isCutOff;
    private int _at;

    private Answers(byte[] bytes, bool isCutOff)
    {
        _text = Encoding.Latin1.GetString(bytes);
        _isCutOff = isCutOff;
    }

    /// <summary>The answers in <paramref name="bytes"/>, which must hold nothing else.</summary>
    /// <param name="bytes">All that came.</param>
    /// <param name="methods">The methods of the requests, in order: an answer to HEAD has no body.</param>
    /// <param name="isCutOff">Whether the connection was reset, so that the last answer may be a part of one.</param>
    public static List<Answer> Of(byte[] bytes, IReadOnlyList<string> methods, bool isCutOff)
    {
        var stream = new Answers(bytes, isCutOff);
        var answers = new List<Answer>();
        while (stream._at < stream._text.Length
            && stream.Next(answers.Count < methods.Count ? methods[answers.Count] : "GET") is { } answer)
        {
            answers.Add(answer);
        }

        return answers;
    }

    private Answer? Next(string method)
    {
        var interims = new List<int>();
        while (true)
        {
            if (Until("\r\n\r\n") is not { } text)
                return null;
            var head = RawHead.Parse(text);
            if (head.Status < 200)
            {
                Assert.Empty(head.Fields);
                interims.Add(head.Status);
                continue;
            }

            head.CheckAsFinal();
            var body = method == "HEAD" || head.Status is 204 or 304 ? "" : Body(head);
            return new Answer(head, interims, body is null ? null : new WrittenAnswer(text, Encoding.Latin1.GetBytes(body)).Decoded);
        }
    }

    private string? Body(RawHead head)
    {
        if (head["Transfer-Encoding"] is { } coding)
        {
            Assert.Equal("chunked", coding);
            return Chunks();
        }

        if (head["Content-Length"] is { } length)
            return Take(int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture));

        // The end of the connection is that of the body, but a reset is no end.
        return _isCutOff ? CutOff() : Take(_text.Length - _at);
    }

    private string? Chunks()
    {
        var body = new StringBuilder();
        while (Until("\r\n") is { } line)
        {
            var size = int.Parse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (Take(size) is not { } chunk || Take(2) is not { } end)
                return null;
            Assert.Equal("\r\n", end);
            if (size == 0)
                return body.ToString();
            body.Append(chunk);
        }

        return null;
    }

    private string? Until(string end)
    {
        var found = _text.IndexOf(end, _at, StringComparison.Ordinal);
        if (found < 0)
            return CutOff();
        var text = _text[_at..found];
        _at = found + end.Length;
        return text;
    }

    private string? Take(int length)
    {
        if (length > _text.Length - _at)
            return CutOff();
        var text = _text.Substring(_at, length);
        _at += length;
        return text;
    }

    private string? CutOff()
    {
        Assert.True(_isCutOff, $"The last answer is not whole: {_text[_at..]}");
        _at = _text.Length;
        return null;
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Tests.Protocol.Http1;
using ActorHttp.Tests.Sockets;

namespace ActorHttp.Tests.Fuzz;

/// <summary>How a client leaves.</summary>
internal enum Leaving
{
    /// <summary>It ends its side when it has said all, and reads to the end.</summary>
    HalfClose,

    /// <summary>The same in the middle of what it wanted to say.</summary>
    HalfCloseEarly,

    /// <summary>It asks for one more echo with <c>Connection: close</c>, and reads to the end.</summary>
    LastRequest,

    /// <summary>It resets the connection, with or without having waited for the first answer.</summary>
    Reset,
}

/// <summary>A hostile stream on a connection of its own, and what may come back.</summary>
internal sealed class Conversation
{
    // Neither 500, for no input is our mistake, nor 408 and 503, for nobody is slow here.
    private static readonly int[] Statuses =
    [
        200, 201, 204, 206, 301, 304, 400, 403, 404, 405, 406, 409, 412, 413, 414, 415, 416, 417, 421, 431, 501, 505,
    ];

    private readonly Transcript _requests;
    private readonly int _messages;
    private readonly byte[] _bytes;
    private readonly int[] _cuts;
    private readonly string _last;

    /// <summary>Plans what is said, by the case's own random numbers.</summary>
    public Conversation(HostileCase hostile)
    {
        var random = HostileCase.RandomOf(~hostile.Seed, hostile.Number);
        _bytes = hostile.Arrival.Bytes;
        _last = $"{hostile.Number:x}.last";
        Leaving = random.Next(8) switch
        {
            0 => Leaving.Reset,
            1 => Leaving.HalfCloseEarly,
            2 or 3 or 4 => Leaving.LastRequest,
            _ => Leaving.HalfClose,
        };
        if (Leaving == Leaving.HalfCloseEarly)
            _bytes = _bytes[..random.Next(_bytes.Length + 1)];
        _requests = Differential.Check(hostile.Arrival.Limits, _bytes);
        if (Leaving == Leaving.LastRequest)
        {
            if (!IsOpenForMore)
            {
                Leaving = Leaving.HalfClose;
            }
            else
            {
                _bytes = [.. _bytes, .. Encoding.Latin1.GetBytes($"GET /echo/{_last} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")];
                _requests = Differential.Check(hostile.Arrival.Limits, _bytes);
            }
        }

        _messages = new ReferenceFraming(_bytes).Messages.Count;
        _cuts = [.. hostile.Arrival.Cuts.Where(cut => cut < _bytes.Length).Order(), _bytes.Length];
    }

    public Leaving Leaving { get; }

    // Whether the server waits for another request behind all these.
    private bool IsOpenForMore => _requests.Finish() is [] or [.., "end"] && _requests.Requests.All(IsPlain);

    // A client that goes on behind its own close, or in a body that is being echoed as it breaks, may be reset.
    private bool MayBeReset =>
        _requests.Requests.Any(request => request.End is null || (!request.Head.KeepAlive && request.End < _bytes.Length));

    /// <summary>Says it, and holds the server to what it says.</summary>
    public async Task HoldAsync(IPEndPoint server)
    {
        using var client = await RawClient.ConnectAsync(server);
        if (Leaving == Leaving.Reset)
        {
            await SayAsync(client);
            client.Die();
            return;
        }

        var reading = client.ReadToEndAsync();
        var isHeard = await SayAsync(client);
        var (bytes, end) = await reading;
        var isCutOff = end == StreamEnd.Reset || !isHeard;
        Assert.True(!isCutOff || MayBeReset, "The server reset the connection.");
        Check(Answers.Of(bytes, [.. _requests.Requests.Select(request => request.Head.Method.Name)], isCutOff), isCutOff);
    }

    public override string ToString() => $"{Leaving}, cut at {string.Join(' ', _cuts)}:\n{HostileCase.Visible(_bytes)}";

    private async Task<bool> SayAsync(RawClient client)
    {
        try
        {
            var start = 0;
            foreach (var cut in _cuts)
            {
                await client.SendAsync(_bytes.AsMemory()[start..cut]);
                start = cut;
            }

            if (Leaving is Leaving.HalfClose or Leaving.HalfCloseEarly)
                client.FinishSending();
            return true;
        }
        catch (SocketException e) when (
            e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.NotConnected)
        {
            return false;
        }
    }

    private void Check(List<Answer> answers, bool isCutOff)
    {
        var fewest = isCutOff ? 0 : FewestAnswers(answers);
        Assert.True(
            answers.Count >= fewest && answers.Count <= _messages + 1,
            $"{answers.Count} answers ({string.Join(' ', answers.Select(answer => answer.Head.Status))}) where at least "
                + $"{fewest} and at most {_messages + 1} are due.");
        for (var i = 0; i < answers.Count; i++)
        {
            var answer = answers[i];
            Assert.Contains(answer.Head.Status, Statuses);
            Assert.True(!answer.Closes || i == answers.Count - 1, "There is an answer behind the last one.");
            if (i < _requests.Requests.Count)
                Check(_requests.Requests[i], answer);
            else
                CheckRefusal(answer);
        }

        if (Leaving == Leaving.LastRequest)
            Assert.Equal(_last, Encoding.Latin1.GetString(answers[^1].Body!));
    }

    // Every whole request is answered, and the refusal of what follows; up to one behind which the connection may end.
    private int FewestAnswers(List<Answer> answers)
    {
        var count = _requests.Requests.TakeWhile(IsPlain).Count();
        if (answers.Count > 0 && answers.Count <= count && answers[^1].EndsWithConnection)
            return answers.Count;
        if (count == _requests.Requests.Count)
            return _requests.Reader.Rejection == Rejection.None ? count : count + 1;
        return _requests.Requests[count].End is null ? count : count + 1;
    }

    private static bool IsPlain(ReadRequest request) => request is { End: not null, Head: { KeepAlive: true, ExpectsContinue: false } };

    private void Check(ReadRequest request, Answer answer)
    {
        Assert.All(answer.Interims, status => Assert.True(status == 100 && request.Head.ExpectsContinue));
        Assert.True(answer.Interims.Count <= 1);
        if (request.Head.Target.Form != TargetForm.Origin)
            return;
        var path = request.Head.Target.Path;

        // Its handler was faster, or the end of its body was.
        if (request.End is null && answer.Head.Status is >= 400 and < 500)
            return;
        if (path.StartsWith("/echo/", StringComparison.Ordinal) && request.Head.Method == RequestMethod.Get)
            CheckEcho(PercentDecoded(path["/echo/".Length..]), answer);
        else if (path == "/echo" && request.Head.Method == RequestMethod.Post)
            CheckEcho(Encoding.Latin1.GetBytes(request.Body), answer, request.End is not null);
    }

    private static byte[] PercentDecoded(string text)
    {
        // The plus is itself in a path, but a space to this method.
        var bytes = Encoding.Latin1.GetBytes(text.Replace("+", "%2B", StringComparison.Ordinal));
        return WebUtility.UrlDecodeToBytes(bytes, 0, bytes.Length)!;
    }

    private static void CheckEcho(byte[] expected, Answer answer, bool isWhole = true)
    {
        // 406: what is left is too little for the coding that the client insists on.
        if (answer.Head.Status == 406)
            return;
        Assert.Equal(200, answer.Head.Status);
        if (answer.Body is null)
            return;
        Assert.True(isWhole, "The echo of a body that has no end was given one.");
        Assert.Equal(expected, answer.Body);
    }

    private void CheckRefusal(Answer answer)
    {
        Assert.NotEqual(Rejection.None, _requests.Reader.Rejection);
        Assert.Equal(_requests.Reader.Rejection.Answer().Status, answer.Head.Status);
        Assert.True(answer.Closes);
        Assert.Empty(answer.Interims);
    }
}

using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;
using ActorHttp.Settings;
using Akka.Configuration;

namespace ActorHttp.Tests.Protocol.Http1;

public class VectorTests
{
    // Up to this length a vector is cut at every place; the work grows with its square.
    private const int CutEverywhereUpTo = 600;

    // What may follow a whole request without being looked at: another, the beginning of one, the end of none.
    private static readonly byte[][] Followers =
    [
        "GET /next HTTP/1.1\r\nHost: next\r\n\r\n"u8.ToArray(),
        "GET /next HTTP/1.1\r\nHo"u8.ToArray(),
        "0\r\n\r\n"u8.ToArray(),
        [0x16, 0x03, 0x01, 0, 0xFF, (byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n'],
    ];

    public static TheoryData<VectorName> Names => [.. Vector.All.Select(vector => vector.Name)];

    [Theory, MemberData(nameof(Names)), Trait("RFC", "9112")]
    public void A_vector_reads_as_claimed_however_its_bytes_arrive(VectorName name)
    {
        var vector = Vector.All.Single(vector => vector.Name == name);
        ReadsAsClaimed(vector, "whole", Transcript.Of(vector.Limits, vector.Bytes));
        ReadsAsClaimed(vector, "byte by byte", Transcript.ByteByByte(vector.Limits, vector.Bytes));
        foreach (var cut in Cuts(vector.Bytes.Length))
            ReadsAsClaimed(vector, $"cut before byte {cut}", Transcript.Of(vector.Limits, vector.Bytes, cut));
        if (vector.EndsBetweenMessages)
            LeavesWhatFollowsUnread(vector);
        if (vector.IsRefused)
            RefusesWhateverFollows(vector);
    }

    [Fact]
    public void Every_rejection_of_the_reader_has_a_vector()
    {
        // Only the connection knows a body's limit, the end of the stream, and the time.
        var expected = Enum.GetValues<Rejection>().Except(
            [Rejection.None, Rejection.BodyTooLarge, Rejection.BodyIncomplete, Rejection.RequestTimeout]);
        var shown = Vector.All.Where(vector => vector.IsRefused).Select(vector => Enum.Parse<Rejection>(vector.Events[^1].Split(' ')[2]));
        Assert.Equal(expected, shown.Distinct().Order());
    }

    [Fact]
    public void The_limits_of_the_vectors_are_those_of_reference_conf() =>
        Assert.Equal(ActorHttpSettings.From(Config.Empty).Reader, Vector.DefaultLimits);

    [Fact]
    public void Every_heading_is_a_claim_of_its_own() =>
        Assert.Equal(Vector.All.Count, Vector.All.DistinctBy(vector => vector.Name).Count());

    private static void ReadsAsClaimed(Vector vector, string how, string[] events)
    {
        if (events.SequenceEqual(vector.Events))
            return;
        Assert.Fail(
            $"""
            {vector.Name}, {how}:
            {VisibleBytes.Encode(vector.Bytes)}

            claimed:
            {string.Join('\n', vector.Events.Select(VisibleBytes.Encode))}

            read:
            {string.Join('\n', events.Select(VisibleBytes.Encode))}
            """);
    }

    private static void LeavesWhatFollowsUnread(Vector vector)
    {
        var messages = vector.Events.Count(line => line == "end");
        foreach (var follower in Followers)
        {
            var transcript = new Transcript(vector.Limits, [.. vector.Bytes, .. follower]);
            transcript.ReadMessages(messages);
            Assert.Equal(vector.Bytes.Length, transcript.Consumed);
            ReadsAsClaimed(vector, $"before {VisibleBytes.Encode(follower)}", transcript.Finish()[..vector.Events.Length]);
        }

        // Now it is asked for, and there.
        var next = Followers[0];
        Assert.Equal(
            [.. vector.Events, .. Transcript.Of(vector.Limits, next)],
            Transcript.Of(vector.Limits, [.. vector.Bytes, .. next]));
    }

    private static void RefusesWhateverFollows(Vector vector)
    {
        var reader = new RequestReader(vector.Limits);
        var rest = vector.Bytes.AsSpan();
        ReadEvent read;
        do
        {
            read = reader.Read(rest);
            rest = rest[read.Consumed..];
        }
        while (read.Kind != ReadEventKind.Rejected);

        var reason = reader.Rejection;
        foreach (var follower in Followers.Append([]).Append(rest.ToArray()).Append(vector.Bytes))
        {
            Assert.Equal(new ReadEvent(ReadEventKind.Rejected, 0), reader.Read(follower));
            Assert.Equal(reason, reader.Rejection);
            Assert.False(reader.IsBetweenMessages);
            ReadsAsClaimed(vector, $"before {VisibleBytes.Encode(follower)}", Transcript.Of(vector.Limits, [.. vector.Bytes, .. follower]));
        }
    }

    private static IEnumerable<int> Cuts(int length)
    {
        var step = length <= CutEverywhereUpTo ? 1 : (length / 128) + 1;
        return Enumerable.Range(1, length).Where(cut => cut % step == 0 || cut <= 128 || cut > length - 128);
    }
}

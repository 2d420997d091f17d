using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;
using ActorHttp.Tests.Protocol.Http1;

namespace ActorHttp.Tests.Fuzz;

/// <summary>
/// Our reading of a stream beside that of RFC 9112. Ours may refuse what the RFC allows. What it accepts has to be a message
/// to the RFC, with the same head and the same body at the same place: two servers that differ there can be made to answer
/// a request that only one of them sees.
/// </summary>
internal static class Differential
{
    /// <summary>Reads <paramref name="stream"/> in both ways and compares; gives our own reading back.</summary>
    public static Transcript Check(ReaderLimits limits, byte[] stream)
    {
        var ours = new Transcript(limits, stream);
        ours.ShowUpTo(stream.Length);
        var isUnfinished = ours.Finish() is [.., "more"];
        Compare(ours, isUnfinished, new ReferenceFraming(stream));
        return ours;
    }

    private static void Compare(Transcript ours, bool isUnfinished, ReferenceFraming reference)
    {
        for (var i = 0; i < ours.Requests.Count; i++)
        {
            Assert.True(i < reference.Messages.Count, $"Request {i} is none by RFC 9112.");
            Compare(ours.Requests[i], reference.Messages[i], ours.Reader.Rejection != Rejection.None);
        }

        if (ours.Reader.Rejection != Rejection.None)
            return;
        Assert.Equal(reference.Messages.Count, ours.Requests.Count);
        Assert.Equal(reference.Rest, isUnfinished ? StreamRest.Unfinished : StreamRest.Nothing);
    }

    private static void Compare(ReadRequest ours, FramedMessage reference, bool isRefused)
    {
        Assert.Equal(reference.Method, ours.Head.Method.Name);
        if (reference.Target.StartsWith('/'))
            Assert.Equal(reference.Target, ours.Head.Target.ToString());
        Assert.Equal(reference.Start, ours.Start);
        Assert.Equal(reference.HeadEnd, ours.HeadEnd);

        // A refused body is known up to where it was refused.
        if (ours.End is null && isRefused)
        {
            Assert.StartsWith(ours.Body, reference.Body, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(reference.End, ours.End);
        Assert.Equal(reference.Body, ours.Body);
    }
}

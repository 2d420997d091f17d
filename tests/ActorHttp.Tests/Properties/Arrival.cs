using ActorHttp.Protocol.Http1;
using ActorHttp.Tests.Protocol.Http1;
using FsCheck;
using FsCheck.Fluent;

namespace ActorHttp.Tests.Properties;

/// <summary>Bytes on their way to a reader, and the places where the network cuts them.</summary>
internal sealed record Arrival(ReaderLimits Limits, byte[] Bytes, int[] Cuts)
{
    /// <summary>So small that every one of them is met.</summary>
    public static readonly ReaderLimits SmallLimits = new(24, 48, 3, 8, 24);

    /// <summary>Any bytes at all.</summary>
    public static Arbitrary<Arrival> OfNoise => Of(
        from bytes in AnyByte.ArrayOf()
        from limits in AnyLimits
        select (limits, bytes));

    /// <summary>Pieces of requests in any order.</summary>
    public static Arbitrary<Arrival> OfFragments => Of(
        from pieces in Gen.Elements(Hurt.Fragments).ArrayOf()
        from limits in AnyLimits
        select (limits, Latin1(string.Concat(pieces))));

    /// <summary>Vectors that were hurt up to four times.</summary>
    public static Arbitrary<Arrival> OfMutatedVectors => Of(
        from vector in SmallVector
        from mutations in Mutation.ListOf()
        select (vector.Limits, mutations.Take(4).Aggregate(vector.Bytes, (bytes, mutate) => mutate(bytes))));

    /// <summary>These bytes, as they arrive at a reader with the usual limits.</summary>
    public static Gen<Arrival> Of(byte[] bytes) =>
        Gen.Choose(0, bytes.Length).ArrayOf().Select(cuts => new Arrival(Vector.DefaultLimits, bytes, cuts));

    public static Gen<Vector> SmallVector => Gen.Elements(Vector.All.Where(vector => vector.Bytes.Length < 2000));

    /// <summary>What a reader says of them, with the word of the same reader on any other arrival.</summary>
    public string[] Read()
    {
        var whole = Transcript.Of(Limits, Bytes);
        Assert.Equal(whole, Transcript.Of(Limits, Bytes, Cuts.Order()));
        Assert.Equal(whole, Transcript.ByteByByte(Limits, Bytes));
        return whole;
    }

    public override string ToString() => $"{VisibleBytes.Encode(Bytes)} with {Limits}, cut at {string.Join(' ', Cuts.Order())}";

    private static Gen<byte> AnyByte => Gen.Choose(0, 255).Select(b => (byte)b);

    private static Gen<ReaderLimits> AnyLimits => Gen.Elements(Vector.DefaultLimits, SmallLimits);

    private static Gen<Func<byte[], byte[]>> Mutation =>
        from at in Gen.Choose(0, int.MaxValue)
        from length in Gen.Choose(1, 12)
        from other in SmallVector
        from noise in Gen.OneOf(AnyByte, Gen.Elements(Hurt.Delimiters))
        from mutate in Gen.Elements(Hurt.Ways)
        select (Func<byte[], byte[]>)(bytes =>
        {
            var start = at % (bytes.Length + 1);
            var end = Math.Min(start + length, bytes.Length);
            return mutate(bytes, start..end, noise, other.Bytes[^(at % (other.Bytes.Length + 1))..]);
        });

    private static Arbitrary<Arrival> Of(Gen<(ReaderLimits Limits, byte[] Bytes)> streams) => Arb.From(
        from stream in streams
        from cuts in Gen.Choose(0, stream.Bytes.Length).ArrayOf()
        select new Arrival(stream.Limits, stream.Bytes, cuts),
        Smaller);

    /// <summary>Arrivals of less, to look for the least that still shows a mistake.</summary>
    public static IEnumerable<Arrival> Smaller(Arrival arrival)
    {
        var bytes = arrival.Bytes;
        for (var size = bytes.Length; size > 0; size /= 2)
        {
            for (var start = 0; start + size <= bytes.Length; start += size)
            {
                byte[] rest = [.. bytes[..start], .. bytes[(start + size)..]];
                yield return arrival with { Bytes = rest, Cuts = [.. arrival.Cuts.Where(cut => cut <= rest.Length)] };
            }
        }

        for (var i = 0; i < arrival.Cuts.Length; i++)
            yield return arrival with { Cuts = [.. arrival.Cuts[..i], .. arrival.Cuts[(i + 1)..]] };
    }

    private static byte[] Latin1(string text) => System.Text.Encoding.Latin1.GetBytes(text);
}

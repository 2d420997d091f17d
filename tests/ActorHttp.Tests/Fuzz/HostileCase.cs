using ActorHttp.Protocol.Http1;
using ActorHttp.Tests.Properties;
using ActorHttp.Tests.Protocol.Http1;

namespace ActorHttp.Tests.Fuzz;

/// <summary>One hostile stream. Its seed and number make it again, whatever was made before it.</summary>
internal sealed record HostileCase(int Seed, long Number, HostileKind Kind, Arrival Arrival)
{
    private static readonly HostileKind[] Kinds = Enum.GetValues<HostileKind>();

    /// <summary>A case for a reader, whose limits are sometimes small.</summary>
    public static HostileCase ForReader(int seed, long number)
    {
        var random = RandomOf(seed, number);
        return Make(seed, number, random, random.Next(4) == 0 ? Arrival.SmallLimits : Vector.DefaultLimits);
    }

    /// <summary>A case for a server with the usual limits.</summary>
    public static HostileCase ForServer(int seed, long number) => Make(seed, number, RandomOf(seed, number), Vector.DefaultLimits);

    /// <summary>Random numbers that are this case's own.</summary>
    public static Random RandomOf(int seed, long number)
    {
        // The finalizer of SplitMix64: neighbours must not look alike.
        var mixed = ((ulong)(uint)seed << 32) + ((ulong)number * 0x9E3779B97F4A7C15);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return new Random((int)(mixed ^ (mixed >> 31)));
    }

    public override string ToString() =>
        $"""
        FUZZ_SEED={Seed} FUZZ_CASE={Number} ({Kind}, {Arrival.Limits})
        cut at {string.Join(' ', Arrival.Cuts.Order())}
        {Visible(Arrival.Bytes)}
        """;

    /// <summary>All of it, in the vectors' notation.</summary>
    public static string Visible(byte[] bytes) => string.Concat(bytes.Chunk(200).Select(part => VisibleBytes.Encode(part)));

    private static HostileCase Make(int seed, long number, Random random, ReaderLimits limits)
    {
        var kind = Kinds[random.Next(Kinds.Length)];
        var bytes = new HostileStream(random, $"{number:x}").Of(kind);
        var cuts = new int[random.Next(8)];
        for (var i = 0; i < cuts.Length; i++)
            cuts[i] = random.Next(bytes.Length + 1);
        return new HostileCase(seed, number, kind, new Arrival(limits, bytes, cuts));
    }
}

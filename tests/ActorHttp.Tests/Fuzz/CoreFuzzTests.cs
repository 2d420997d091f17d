using ActorHttp.Protocol.Http1;
using ActorHttp.Tests.Properties;
using ActorHttp.Tests.Protocol.Http1;

namespace ActorHttp.Tests.Fuzz;

/// <summary>Hostile streams for the reader alone.</summary>
public class CoreFuzzTests
{
    // What reading may allocate: a field line of three bytes becomes two strings and its places in two lists.
    private const int BytesForByte = 64;
    private const int BytesForStart = 16 * 1024;

    [Fact, Trait("RFC", "9112 §6.3")]
    public void No_stream_confuses_the_reader()
    {
        var plan = new FuzzPlan("Streams for the reader", 12_000);
        foreach (var number in plan.Numbers())
        {
            var hostile = HostileCase.ForReader(plan.Seed, number);
            if (Fault(hostile.Arrival) is { } fault)
                Assert.Fail($"{hostile}\n\n{fault}\n\nThe least of it that is read wrongly:\n{Least(hostile.Arrival)}");
            plan.Count(hostile.Kind.ToString());
        }

        plan.Report();
    }

    // Read whole, cut and byte by byte the events are the same, and each step keeps the reader's contract: nothing is
    // thrown, it moves forward, it takes no more than it is shown, it leaves no more than a line, and behind a refusal
    // it takes nothing (Transcript). Both readings find the same messages.
    private static Exception? Fault(Arrival arrival) => Record.Exception(() =>
    {
        arrival.Read();
        Differential.Check(arrival.Limits, arrival.Bytes);
        CheckMemory(arrival);
    });

    private static void CheckMemory(Arrival arrival)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reader = new RequestReader(arrival.Limits);
        var rest = arrival.Bytes.AsSpan();
        ReadEvent read;
        do
        {
            read = reader.Read(rest);
            rest = rest[read.Consumed..];
        }
        while (read.Kind is not (ReadEventKind.NeedMore or ReadEventKind.Rejected));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, BytesForStart + (BytesForByte * arrival.Bytes.Length));
    }

    private static Arrival Least(Arrival arrival)
    {
        while (Arrival.Smaller(arrival).FirstOrDefault(smaller => Fault(smaller) is not null) is { } smaller)
            arrival = smaller;
        return arrival;
    }
}

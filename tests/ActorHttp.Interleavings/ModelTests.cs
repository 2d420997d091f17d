using ActorHttp.Interleavings.Model;

namespace ActorHttp.Interleavings;

/// <summary>The model itself: it finds known races, each time, and none where there is none.</summary>
public sealed class ModelTests
{
    [Fact]
    public void Two_who_each_say_something_and_then_look_may_both_miss_the_other()
    {
        var failure = Record.Exception(() => Dekker(isFenced: false));
        Assert.Contains("neither has seen the other", failure?.Message);
        Assert.InRange(Dekker(isFenced: true), 10, 10_000);
    }

    [Fact]
    public void An_addition_that_is_no_single_step_loses_one()
    {
        var failure = Record.Exception(() => Exploration.Of(1, run =>
        {
            var box = run.Share(new Box());
            run.Start("one", () => Volatile.Write(ref box.First, Volatile.Read(ref box.First) + 1));
            run.Start("other", () => Volatile.Write(ref box.First, Volatile.Read(ref box.First) + 1));
            run.AtEnd(() => Assert.True(box.First == 2, "one addition is lost"));
        }));
        Assert.Contains("one addition is lost", failure?.Message);
    }

    [Fact]
    public void A_thread_that_waits_for_nobody_is_found()
    {
        var failure = Record.Exception(() => Exploration.Of(0, run =>
        {
            var isSet = new ManualResetEventSlim();
            run.Start("waits", isSet.Wait);
            run.AssertAllThreadsEnded();
        }));
        Assert.Contains("waits still wait", failure?.Message);
    }

    [Fact]
    public void A_lock_lets_in_one_at_a_time() => Assert.InRange(
        Exploration.Of(2, run =>
        {
            var (gate, box) = (new Lock(), run.Share(new Box()));
            for (var i = 0; i < 2; i++)
            {
                run.Start($"{i}", () =>
                {
                    lock (gate)
                        Volatile.Write(ref box.First, Volatile.Read(ref box.First) + 1);
                });
            }

            run.AtEnd(() => Assert.Equal(2, box.First));
        }),
        10,
        10_000);

    [Fact]
    public void A_thread_sees_what_it_has_written_itself() => Exploration.Of(2, run =>
    {
        var box = run.Share(new Box());
        run.Start("one", () =>
        {
            Volatile.Write(ref box.First, 1);
            Volatile.Write(ref box.Second, 2);
            Assert.Equal((1, 2), (Volatile.Read(ref box.First), Volatile.Read(ref box.Second)));
        });
        run.Start("other", () =>
        {
            // In the order of the writing.
            if (Volatile.Read(ref box.Second) == 2)
                Assert.Equal(1, Volatile.Read(ref box.First));
        });
    });

    private static int Dekker(bool isFenced) => Exploration.Of(2, run =>
    {
        var box = run.Share(new Box());
        var seen = new int[2];
        run.Start("one", () =>
        {
            Volatile.Write(ref box.First, 1);
            if (isFenced)
                Interlocked.MemoryBarrier();
            seen[0] = Volatile.Read(ref box.Second);
        });
        run.Start("other", () =>
        {
            Volatile.Write(ref box.Second, 1);
            if (isFenced)
                Interlocked.MemoryBarrier();
            seen[1] = Volatile.Read(ref box.First);
        });
        run.AtEnd(() => Assert.True(seen[0] + seen[1] > 0, "neither has seen the other"));
    });

    private sealed class Box
    {
        public int First;
        public int Second;
    }
}

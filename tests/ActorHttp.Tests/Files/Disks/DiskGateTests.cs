using ActorHttp.Connections;
using ActorHttp.Connections.Http1;
using ActorHttp.Files.Disks;
using ActorHttp.Messages;
using ActorHttp.Tests.Settings;
using Akka.Actor;
using Akka.TestKit;

namespace ActorHttp.Tests.Files.Disks;

/// <summary>Who is admitted to the disk, who waits, and who is refused.</summary>
public sealed class DiskGateTests() : Akka.TestKit.Xunit2.TestKit(AllSettings.Defaults)
{
    private const int Threads = 17;
    private const int Most = Threads - 1;

    private readonly DiskGate _gate = new(Threads, queue: 40);

    [Fact]
    public void Different_files_of_the_root_take_all_threads_but_one()
    {
        for (var i = 0; i < Most; i++)
            Assert.Equal(DiskEntry.Entered, Enter($"file{i}").Entry);
        Assert.Equal(DiskEntry.Waits, Enter("one more").Entry);
    }

    [Fact]
    public void One_path_takes_two_threads()
    {
        Assert.Equal(
            [DiskEntry.Entered, DiskEntry.Entered, DiskEntry.Waits],
            Enumerable.Range(0, 3).Select(_ => Enter("a/b/hangs").Entry));
        Assert.Equal(DiskEntry.Entered, Enter("a/b/other").Entry);
    }

    [Theory]
    [InlineData("a", Most / 2)]
    [InlineData("a/b", Most / 4)]
    [InlineData("a/b/c", 4)]
    [InlineData("a/b/c/d/e", 4)]
    [InlineData("a/b/c/d/e/f/g/h/i/j/k/l", 4)]
    public void A_folder_leaves_half_of_the_threads_to_the_folder_it_is_in(string folder, int most)
    {
        var entries = Enumerable.Range(0, most + 1).Select(i => Enter($"{folder}/{i}").Entry).ToList();
        Assert.Equal([.. Enumerable.Repeat(DiskEntry.Entered, most), DiskEntry.Waits], entries);
        Assert.Equal(DiskEntry.Entered, Enter("other/file").Entry);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void With_few_threads_somebody_is_always_let_in(int threads)
    {
        var gate = new DiskGate(threads, queue: 40);
        foreach (var path in new[] { "file", "a/file", "a/b/c/file" })
        {
            var (seat, entry, _) = Enter(path, gate);
            Assert.Equal(DiskEntry.Entered, entry);
            seat.Leave();
        }
    }

    [Fact]
    public void Who_leaves_lets_in_the_first_that_waits_and_tells_it()
    {
        var inside = Enter("file");
        Enter("file");
        var first = Enter("file");
        var second = Enter("file");
        inside.Seat.Leave();
        Assert.Same(first.Seat, first.Owner.ExpectMsg<DiskTurn>().Seat);
        second.Owner.ExpectNoMsg(TimeSpan.Zero);
        first.Seat.Leave();
        Assert.Same(second.Seat, second.Owner.ExpectMsg<DiskTurn>().Seat);
    }

    [Fact]
    public void A_path_that_hangs_does_not_hold_up_the_line_of_another()
    {
        for (var i = 0; i < 10; i++)
            Enter("hangs");
        var others = Enumerable.Range(0, Most - 2).Select(i => Enter($"file{i}")).ToList();
        var waits = Enter("late");
        Assert.Equal(DiskEntry.Waits, waits.Entry);
        others[0].Seat.Leave();
        waits.Owner.ExpectMsg<DiskTurn>();
    }

    [Fact]
    public void Who_gives_up_while_it_waits_is_passed_over()
    {
        var inside = Enter("file");
        Enter("file");
        var gone = Enter("file");
        var stays = Enter("file");
        gone.Seat.Leave();
        Assert.Equal(1, _gate.Waiting);
        inside.Seat.Leave();
        stays.Owner.ExpectMsg<DiskTurn>();
        gone.Owner.ExpectNoMsg(TimeSpan.Zero);
        Assert.Equal((2, 0), (_gate.Entered, _gate.Waiting));
    }

    [Fact]
    public void Who_joins_again_waits_at_its_new_place()
    {
        var inside = Enter("file");
        Enter("file");
        var again = Enter("file");
        var other = Enter("file");
        again.Seat.Leave();
        Assert.Equal(DiskEntry.Waits, again.Seat.Enter(again.Owner.Ref, mayRefuse: true));
        inside.Seat.Leave();
        other.Owner.ExpectMsg<DiskTurn>();
        again.Owner.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Who_was_let_in_and_ends_without_a_word_gives_its_place_back()
    {
        var inside = Enter("file");
        Enter("file");
        var ended = Enter("file");
        inside.Seat.Leave();
        ended.Seat.Leave();
        ended.Seat.Leave();
        Assert.Equal(1, _gate.Entered);
    }

    [Fact]
    public void Half_of_the_line_is_for_one_folder_and_the_rest_for_others()
    {
        for (var i = 0; i < (Most / 2) + 20; i++)
            Assert.NotEqual(DiskEntry.Refused, Enter($"hangs/{i}").Entry);
        Assert.Equal(DiskEntry.Refused, Enter("hangs/more").Entry);
        Assert.Equal(DiskEntry.Waits, Enter("hangs/more", mayRefuse: false).Entry);
        Assert.Equal(DiskEntry.Entered, Enter("other/file").Entry);
    }

    [Fact]
    public void A_request_that_was_answered_meanwhile_makes_room()
    {
        var slots = new List<OpenExchange>();
        for (var i = 0; i < 22; i++)
        {
            slots.Add(new OpenExchange(new Exchange(TestActor, i), null));
            Assert.NotEqual(DiskEntry.Refused, Enter("hangs", slot: slots[^1]).Entry);
        }

        Assert.Equal(DiskEntry.Refused, Enter("hangs").Entry);
        foreach (var slot in slots)
            slot.Settle();
        Assert.All(Enumerable.Range(0, 4), _ => Enter("hangs"));
        Assert.InRange(_gate.Waiting, 1, 4);
    }

    [Fact]
    public void A_request_that_was_answered_meanwhile_loses_its_turn()
    {
        var inside = Enter("file");
        Enter("file");
        var slot = new OpenExchange(new Exchange(TestActor, 1), null);
        var answered = Enter("file", slot: slot);
        var waits = Enter("file");
        slot.Settle();
        inside.Seat.Leave();
        waits.Owner.ExpectMsg<DiskTurn>();
        answered.Owner.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Work_that_has_begun_takes_turns_with_new_work()
    {
        var (first, second) = (Enter("file"), Enter("file"));
        var newcomers = Enumerable.Range(0, 3).Select(_ => Enter("file")).ToList();

        // The next step of both, behind three that have not begun.
        first.Seat.Leave();
        newcomers[0].Owner.ExpectMsg<DiskTurn>();
        Assert.Equal(DiskEntry.Waits, first.Seat.Enter(first.Owner.Ref, mayRefuse: false));
        second.Seat.Leave();
        first.Owner.ExpectMsg<DiskTurn>();
        Assert.Equal(DiskEntry.Waits, second.Seat.Enter(second.Owner.Ref, mayRefuse: false));
        first.Seat.Leave();
        newcomers[1].Owner.ExpectMsg<DiskTurn>();
        newcomers[0].Seat.Leave();
        second.Owner.ExpectMsg<DiskTurn>();
        second.Seat.Leave();
        newcomers[2].Owner.ExpectMsg<DiskTurn>();
    }

    [Fact]
    public void Lines_of_different_paths_take_turns()
    {
        var gate = new DiskGate(threads: 2, queue: 40);
        var inside = Enter("inside", gate);
        var (first, second, other) = (Enter("long", gate), Enter("long", gate), Enter("other", gate));
        inside.Seat.Leave();
        first.Owner.ExpectMsg<DiskTurn>();
        first.Seat.Leave();
        other.Owner.ExpectMsg<DiskTurn>();
        second.Owner.ExpectNoMsg(TimeSpan.Zero);
        other.Seat.Leave();
        second.Owner.ExpectMsg<DiskTurn>();
    }

    // Three in each line: a line that let one in goes behind the others.
    [Fact]
    public void Three_lines_take_turns_to_the_end()
    {
        var gate = new DiskGate(threads: 2, queue: 40);
        var inside = Enter("inside", gate).Seat;
        string[] paths = ["a", "b", "c"];
        var waiting = paths.SelectMany(path => Enumerable.Range(0, 3).Select(_ => (Path: path, Entry: Enter(path, gate)))).ToList();
        var order = new List<string>();
        while (waiting.Count > 0)
        {
            inside.Leave();
            var next = Assert.Single(waiting, waits => waits.Entry.Seat.State == DiskSeatState.Inside);

            // The first of its line, and told so.
            Assert.Same(waiting.First(waits => waits.Path == next.Path).Entry.Seat, next.Entry.Owner.ExpectMsg<DiskTurn>().Seat);
            waiting.Remove(next);
            order.Add(next.Path);
            inside = next.Entry.Seat;
        }

        Assert.Equal("abcabcabc", string.Concat(order));
    }

    // So many may wait at once; how many have waited before does not count.
    [Fact]
    public void The_messages_that_a_seat_has_kept_are_counted_anew_each_time_it_waits()
    {
        var (first, second) = (Enter("file").Seat, Enter("file").Seat);
        var seat = new DiskSeat(_gate, new DiskPlace("/root", ["file"]));
        var stash = new CountingStash();
        for (var round = 0; round < 2; round++)
        {
            for (var i = 1; i <= 3; i++)
            {
                Assert.False(seat.Admits(i, TestActor, stash));
                Assert.Equal(i, seat.Kept);
            }

            first.Leave();
            Assert.False(seat.Admits(ExpectMsg<DiskTurn>(), TestActor, stash));
            Assert.Equal((0, round + 1), (seat.Kept, stash.Unstashed));
            Assert.True(seat.Admits("the first that was kept", TestActor, stash));
            seat.Leave();
            Assert.Equal(DiskEntry.Entered, first.Enter(TestActor, mayRefuse: true));
        }

        Assert.Equal(6, stash.Stashed);
        second.Leave();
    }

    private (DiskSeat Seat, DiskEntry Entry, TestProbe Owner) Enter(
        string path, DiskGate? gate = null, bool mayRefuse = true, OpenExchange? slot = null)
    {
        var owner = CreateTestProbe();
        var seat = new DiskSeat(gate ?? _gate, new DiskPlace("/root", path.Split('/')))
        {
            Request = slot is null ? null : FileRequests.To(TestActor, "GET", path) with { Open = slot },
        };
        return (seat, seat.Enter(owner.Ref, mayRefuse), owner);
    }

    private sealed class CountingStash : IStash
    {
        public int Stashed { get; private set; }

        public int Unstashed { get; private set; }

        public bool IsEmpty => Stashed == 0;

        public int Count => Stashed;

        public bool NonEmpty => !IsEmpty;

        public bool IsFull => false;

        public int Capacity => -1;

        public void Stash() => Stashed++;

        public void Unstash() => throw new NotSupportedException();

        public void UnstashAll() => Unstashed++;

        public void UnstashAll(Func<Envelope, bool> predicate) => throw new NotSupportedException();

        public IEnumerable<Envelope> ClearStash() => throw new NotSupportedException();

        public void Prepend(IEnumerable<Envelope> envelopes) => throw new NotSupportedException();
    }
}

using ActorHttp.Protocol.Http1;

namespace ActorHttp.Tests.Protocol.Http1;

public sealed class PipelineTests
{
    private readonly Pipeline<Request> _pipeline = new(4);

    [Fact]
    public void A_request_is_found_by_its_number_while_it_is_open()
    {
        Add(5, isSafe: true);
        Add(6, isSafe: true);
        Assert.Equal(6, _pipeline.Find(6)?.Number);
        Assert.Null(_pipeline.Find(4));
        Assert.Null(_pipeline.Find(7));
        Assert.Null(_pipeline.Find(long.MinValue));
        Assert.Null(_pipeline.Find(long.MaxValue));
        _pipeline.RemoveFirst();
        Assert.Null(_pipeline.Find(5));
        Assert.Equal(6, _pipeline.Find(6)?.Number);
        _pipeline.RemoveFirst();
        Assert.Null(_pipeline.Find(6));
    }

    [Fact]
    public void It_is_full_at_its_limit()
    {
        for (var number = 1; number <= 4; number++)
        {
            Assert.False(_pipeline.IsFull);
            Add(number, isSafe: true);
        }

        Assert.True(_pipeline.IsFull);
        _pipeline.RemoveFirst();
        Assert.False(_pipeline.IsFull);
    }

    [Theory, Trait("RFC", "9112 §9.3.2")]
    [InlineData("S", true)]
    [InlineData("U", true)]
    [InlineData("SS", true)]
    [InlineData("SSS", true)]
    [InlineData("SU", false)]
    [InlineData("US", false)]
    [InlineData("UU", false)]
    [InlineData("USS", false)]
    [InlineData("SUS", false)]
    public void Safe_ones_run_side_by_side_and_unsafe_ones_alone(string requests, bool mayRun)
    {
        for (var i = 0; i < requests.Length; i++)
            Add(i + 1, requests[i] == 'S');
        Assert.Equal(mayRun, _pipeline.MayDispatchLast());
    }

    [Fact]
    public void However_many_come_and_go_they_stay_in_order()
    {
        var random = new Random(5);
        var expected = new Queue<Request>();
        for (var number = 1; number <= 10_000;)
        {
            if (expected.Count > 0 && random.Next(20) < 9)
            {
                expected.Dequeue();
                _pipeline.RemoveFirst();
            }
            else
            {
                expected.Enqueue(new Request(number++, random.Next(8) > 0));
                _pipeline.Add(expected.Last());
            }

            Assert.Equal(expected.Count, _pipeline.Count);
            Assert.Same(expected.FirstOrDefault(), _pipeline.First);
            Assert.Same(expected.LastOrDefault(), _pipeline.Last);
            if (expected.Count > 1)
            {
                var at = random.Next(expected.Count);
                Assert.Same(expected.ElementAt(at), _pipeline[at]);
                Assert.Same(_pipeline[at], _pipeline.Find(_pipeline[at].Number));
                Assert.Equal(expected.All(request => request.IsSafe), _pipeline.MayDispatchLast());
            }
        }

        _pipeline.Clear();
        Assert.True(_pipeline.IsEmpty);
        Add(1, isSafe: false);
        Add(2, isSafe: true);
        Assert.False(_pipeline.MayDispatchLast());
        _pipeline.RemoveFirst();
        Assert.True(_pipeline.MayDispatchLast());
    }

    [Fact]
    public void It_is_held_by_a_last_one_that_waits()
    {
        Assert.False(_pipeline.IsHeld);
        Add(1, isSafe: false);
        Assert.True(_pipeline.IsHeld);
        _pipeline.Last!.NoteDispatched();
        Assert.False(_pipeline.IsHeld);
    }

    private void Add(long number, bool isSafe) => _pipeline.Add(new Request(number, isSafe));

    private sealed class Request(long number, bool isSafe) : PipelineSlot(number, isSafe);
}

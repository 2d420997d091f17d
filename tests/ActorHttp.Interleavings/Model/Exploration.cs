using System.Reflection;

namespace ActorHttp.Interleavings.Model;

/// <summary>
/// Runs a small program of several threads in every order that its budget allows, each order from the beginning. Only one
/// thread moves at a time, and before each step on shared state this class decides which. So a race is found every time or never.
/// </summary>
/// <remarks>
/// A budget is the number of times that an order leaves the obvious one: a thread is stopped in its middle, or its write stays
/// in its store buffer until its next fence. Nearly all known races need two such moments at most. The store buffer is that of
/// x86: a thread sees its own writes at once, others see them later but in order. What only a weaker machine does is held by
/// tests/ActorHttp.Tests/Architecture instead.
/// </remarks>
internal sealed class Exploration
{
    private readonly List<(int Chosen, int Count)> _path = [];
    private int _orders;

    /// <summary>Runs all orders of a program. Answers how many there were.</summary>
    public static int Of(int budget, Action<Run> program, int mostOrders = 200_000)
    {
        var exploration = new Exploration();
        do
        {
            Assert.True(
                ++exploration._orders <= mostOrders, $"There are more than {mostOrders} orders: make the program or the budget smaller.");
            var run = new Run(exploration._path, budget);
            run.Execute(program, exploration._orders);
        }
        while (exploration.MoveToNext());
        return exploration._orders;
    }

    private bool MoveToNext()
    {
        while (_path.Count > 0)
        {
            var (chosen, count) = _path[^1];
            if (chosen + 1 < count)
            {
                _path[^1] = (chosen + 1, count);
                return true;
            }

            _path.RemoveAt(_path.Count - 1);
        }

        return false;
    }
}

/// <summary>One order of a program's steps.</summary>
internal sealed class Run(List<(int Chosen, int Count)> path, int budget)
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<Type, FieldInfo[]> Fields = new();

    private readonly List<ModelThread> _threads = [];
    private readonly List<string> _steps = [];
    private readonly List<Action> _checks = [];
    private readonly List<object> _shared = [];
    private readonly ManualResetEvent _isOver = new(false);
    private Exception? _failure;
    private int _decisions;
    private bool _isEnding;

    /// <summary>The run whose program is set up or moves now; one at a time in the process.</summary>
    public static Run? Current { get; private set; }

    /// <summary>What the primitives of the model keep for this run.</summary>
    public Dictionary<object, object> State { get; } = [];

    public bool IsEnding => _isEnding;

    /// <summary>Adds a thread to the program.</summary>
    public ModelThread Start(string name, Action body)
    {
        var thread = new ModelThread(this, name, body);
        _threads.Add(thread);
        return thread;
    }

    /// <summary>Says what must hold when no thread can move any more.</summary>
    public void AtEnd(Action check) => _checks.Add(check);

    /// <summary>Names an object whose writes may stay in a store buffer.</summary>
    public T Share<T>(T shared)
        where T : class
    {
        _shared.Add(shared);
        return shared;
    }

    /// <summary>Work that must be run exactly once.</summary>
    public Job Job(string name, Action? body = null)
    {
        var job = new Job(name, body);
        AtEnd(() => Assert.True(job.Runs == 1, $"{name} was run {job.Runs} times"));
        return job;
    }

    public void AssertAllThreadsEnded() => AtEnd(() => Assert.True(
        _threads.TrueForAll(thread => thread.IsDone), $"{string.Join(", ", _threads.Where(thread => !thread.IsDone))} still wait"));

    /// <summary>How many threads whose name begins so have not ended.</summary>
    public int Waiting(string name) => _threads.Count(thread => thread.Name.StartsWith(name, StringComparison.Ordinal) && !thread.IsDone);

    public void Execute(Action<Run> program, int order)
    {
        Current = this;
        try
        {
            program(this);
            if (Next(null, mayStay: false) is { } first)
            {
                first.Go();
                if (!_isOver.WaitOne(Long))
                    throw new TimeoutException($"A thread of the model does not come back: {string.Join(", ", _steps)}");
            }

            if (_failure is null)
                _checks.ForEach(check => check());
        }
        catch (Exception e) when (_failure is null)
        {
            _failure = e;
        }
        finally
        {
            _isEnding = true;
            foreach (var thread in _threads)
                thread.End();
            Current = null;
        }

        if (_failure is not null)
        {
            var whole = _failure is Xunit.Sdk.XunitException ? "" : _failure.ToString();
            Assert.Fail($"In order {order}: {_failure.Message}\n{string.Join("\n", _steps)}\n{whole}");
        }
    }

    /// <summary>A step of the thread that moves: first the decision who takes the next one.</summary>
    public void Step(ModelThread current, string what, bool isYield = false)
    {
        current.ThrowIfEnding();
        if (Next(current, mayStay: !isYield) is { } next && next != current)
            current.HandTo(next);
        Note(current, what);
    }

    public void Note(ModelThread current, string what) => _steps.Add($"  {current.Name}: {what}");

    /// <summary>Stops the thread that moves until something holds.</summary>
    public void Block(ModelThread current, string what, Func<bool> isOver)
    {
        current.Flush();
        Step(current, what);
        while (!isOver())
        {
            current.IsReady = isOver;
            if (Next(current, mayStay: true) is { } next)
            {
                if (next != current)
                    current.HandTo(next);
            }
            else
            {
                _isOver.Set();
                current.Wait();
            }

            current.IsReady = null;
        }
    }

    /// <summary>A thread has come to its end.</summary>
    public void OnDone(ModelThread thread, Exception? failure)
    {
        _failure ??= failure;
        if (_failure is null && !_isEnding && Next(null, mayStay: false) is { } next)
            next.Go();
        else
            _isOver.Set();
    }

    /// <summary>Whether a write stays in the store buffer.</summary>
    public bool MayDelay() => budget > 0 && Choose(2) == 1 && budget-- > 0;

    /// <summary>The shared objects, and what they hold.</summary>
    public IEnumerable<object> Reachable()
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var queue = new Queue<object>(_shared);
        while (queue.TryDequeue(out var each))
        {
            if (!seen.Add(each))
                continue;
            yield return each;
            foreach (var value in Fields.GetOrAdd(each.GetType(), type => [.. FieldsOf(type)]).Select(field => field.GetValue(each)))
            {
                foreach (var held in value as object?[] ?? [value])
                {
                    if (held is not null && IsOurs(held))
                        queue.Enqueue(held);
                }
            }
        }
    }

    private static IEnumerable<FieldInfo> FieldsOf(Type? type) => type is null
        ? []
        : type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Where(field => field.FieldType.IsClass || field.FieldType.IsInterface).Concat(FieldsOf(type.BaseType));

    private static bool IsOurs(object value) =>
        value.GetType().Assembly == typeof(Run).Assembly && value is not (Run or ModelThread or Delegate);

    // The thread that moves goes on while it can, then the one that was started first. Whatever else happens is of the budget.
    private ModelThread? Next(ModelThread? current, bool mayStay)
    {
        if (budget == 0 && mayStay && current is { CanMove: true })
            return current;
        var able = _threads.Where(thread => thread != current && thread.CanMove).ToList();
        if (current is { CanMove: true })
            able.Insert(mayStay ? 0 : able.Count, current);
        if (able.Count == 0)
            return null;
        if (budget == 0)
            return able[0];
        var chosen = Choose(able.Count);
        if (chosen > 0)
            budget--;
        return able[chosen];
    }

    private int Choose(int count)
    {
        if (count == 1)
            return 0;
        if (_decisions == path.Count)
            path.Add((0, count));
        var (chosen, before) = path[_decisions++];
        Assert.True(before == count, "The program does not do the same in the same order: it uses something that is not in the model.");
        return chosen;
    }
}

/// <summary>A piece of work as a dispatcher gets it.</summary>
internal sealed class Job(string name, Action? body) : Akka.Dispatch.IRunnable
{
    public int Runs { get; private set; }

    public void Run()
    {
        Runs++;
        body?.Invoke();
    }

    public void Execute() => Run();

    public override string ToString() => name;
}

using System.Collections.Concurrent;
using System.Reflection;

namespace ActorHttp.Interleavings.Model;

/// <summary>A thread of a program that is explored. A real thread carries it, and waits while another moves.</summary>
internal sealed class ModelThread
{
    private static readonly ConcurrentBag<Carrier> Idle = [];

    private static readonly FieldInfo[] ThreadStatics =
    [
        .. typeof(ModelThread).Assembly.GetTypes().Where(type => type != typeof(ModelThread) && !type.ContainsGenericParameters)
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => field.GetCustomAttribute<ThreadStaticAttribute>() is not null),
    ];

    [ThreadStatic]
    private static ModelThread? _current;

    private readonly Run _run;
    private readonly Action _body;
    private readonly AutoResetEvent _mayMove = new(false);
    private readonly List<(object Holder, nint Offset, object? Value, Action Write)> _buffer = [];
    private readonly ManualResetEvent _ended = new(false);
    private bool _hasBegun;

    public ModelThread(Run run, string name, Action body) => (_run, Name, _body) = (run, name, body);

    /// <summary>The thread that moves; null outside a program, where the primitives are the platform's.</summary>
    public static ModelThread? Current => _current;

    public string Name { get; }

    public bool IsDone { get; private set; }

    /// <summary>What the thread waits for; null when it waits for nothing.</summary>
    public Func<bool>? IsReady { get; set; }

    public bool CanMove => !IsDone && IsReady?.Invoke() != false;

    public void Step(string what, bool isYield = false) => _run.Step(this, what, isYield);

    public void Note(string what) => _run.Note(this, what);

    public void Block(string what, Func<bool> isOver) => _run.Block(this, what, isOver);

    public void ThrowIfEnding()
    {
        if (_run.IsEnding)
            throw new RunEndsException();
    }

    public void Go()
    {
        if (_hasBegun)
        {
            _mayMove.Set();
            return;
        }

        _hasBegun = true;
        if (!Idle.TryTake(out var carrier))
            carrier = new Carrier();
        carrier.Carry(this);
    }

    public void HandTo(ModelThread next)
    {
        next.Go();
        Wait();
    }

    public void Wait()
    {
        _mayMove.WaitOne();
        ThrowIfEnding();
    }

    /// <summary>Ends a thread that still waits when its run is over.</summary>
    public void End()
    {
        if (!_hasBegun)
            return;
        _mayMove.Set();
        if (!_ended.WaitOne(TimeSpan.FromSeconds(60)))
            throw new TimeoutException($"{Name} does not end.");
    }

    /// <summary>Keeps a write from the others until the next fence, behind those that it keeps already.</summary>
    public void Delay(object holder, nint offset, object? value, Action write) => _buffer.Add((holder, offset, value, write));

    public bool HasDelayed => _buffer.Count > 0;

    /// <summary>A write that the others do not see yet, the latest first; false when there are not so many.</summary>
    public bool TryOwn(
        int index, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out object? holder, out nint offset, out object? value)
    {
        (holder, offset, value) = index < _buffer.Count
            ? (_buffer[^(index + 1)].Holder, _buffer[^(index + 1)].Offset, _buffer[^(index + 1)].Value)
            : (null, 0, null);
        return holder is not null;
    }

    /// <summary>A fence: all others see what this thread has written.</summary>
    public void Flush()
    {
        foreach (var (_, _, _, write) in _buffer)
            write();
        _buffer.Clear();
    }

    public override string ToString() => Name;

    private void Move()
    {
        Exception? failure = null;
        _current = this;
        try
        {
            _body();
            if (HasDelayed)
                Step("ends");
        }
        catch (RunEndsException)
        {
            // The run is over, and this thread still waited.
        }
        catch (Exception e)
        {
            failure = e;
        }

        Flush();
        IsDone = true;
        _current = null;
        ForgetThreadStatics();
        _run.OnDone(this, failure);
        _ended.Set();
    }

    // The next thread that this real thread carries has nothing of this one.
    private static void ForgetThreadStatics()
    {
        foreach (var field in ThreadStatics)
            field.SetValue(null, null);
    }

    private sealed class Carrier
    {
        private readonly AutoResetEvent _hasOne = new(false);
        private ModelThread? _next;

        public Carrier() => new System.Threading.Thread(Work) { IsBackground = true, Name = "model" }.Start();

        public void Carry(ModelThread thread)
        {
            _next = thread;
            _hasOne.Set();
        }

        private void Work()
        {
            while (true)
            {
                _hasOne.WaitOne();
                _next!.Move();
                Idle.Add(this);
            }
        }
    }
}

/// <summary>Unwinds a thread whose run is over.</summary>
internal sealed class RunEndsException : Exception;

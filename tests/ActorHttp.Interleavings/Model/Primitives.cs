using System.Runtime.CompilerServices;
using ActorHttp.Interleavings.Model;

// What the linked files of the server use in the place of the platform's. The compiler finds a type of the namespace ActorHttp
// before one that a using directive names, and our System.Threading.Lock before the platform's.
namespace ActorHttp
{
    internal static class Interlocked
    {
        public static int Exchange(ref int location, int value)
        {
            Fence($"exchange {value}");
            var before = location;
            location = value;
            return before;
        }

        public static bool Exchange(ref bool location, bool value)
        {
            Fence($"exchange {value}");
            var before = location;
            location = value;
            return before;
        }

        public static T Exchange<T>(ref T location, T value)
            where T : class?
        {
            Fence($"exchange {value}");
            var before = location;
            location = value;
            return before;
        }

        public static int CompareExchange(ref int location, int value, int comparand)
        {
            Fence($"compare with {comparand}, exchange {value}");
            var before = location;
            if (before == comparand)
                location = value;
            return before;
        }

        public static T CompareExchange<T>(ref T location, T value, T comparand)
            where T : class?
        {
            Fence($"compare with {comparand}, exchange {value}");
            var before = location;
            if (ReferenceEquals(before, comparand))
                location = value;
            return before;
        }

        public static int Increment(ref int location)
        {
            Fence("increment");
            var value = ++location;
            return value;
        }

        public static int Decrement(ref int location)
        {
            Fence("decrement");
            var value = --location;
            return value;
        }

        public static void MemoryBarrier() => Fence("barrier");

        private static void Fence(string what)
        {
            ModelThread.Current?.Flush();
            ModelThread.Current?.Step(what);
        }
    }

    internal static class Volatile
    {
        public static T Read<T>(ref readonly T location, [CallerArgumentExpression(nameof(location))] string name = "")
        {
            if (ModelThread.Current is not { } current)
                return location;
            current.Step($"read {name}");
            if (!current.HasDelayed)
                return location;
            ref var it = ref Unsafe.AsRef(in location);
            for (var i = 0; ; i++)
            {
                if (!current.TryOwn(i, out var holder, out var offset, out var value))
                    return location;
                if (Unsafe.AreSame(ref it, ref Location.In<T>(holder, offset)))
                    return (T)value!;
            }
        }

        public static void Write<T>(ref T location, T value, [CallerArgumentExpression(nameof(location))] string name = "")
        {
            if (ModelThread.Current is not { } current)
            {
                location = value;
                return;
            }

            current.Step($"write {name} = {value}");

            // Behind a write that waits this one waits too: a store buffer keeps the order.
            if (!Location.TryFind(ref location, out var holder, out var offset))
            {
                current.Flush();
            }
            else if (current.HasDelayed || Run.Current!.MayDelay())
            {
                current.Delay(holder, offset, value, () => Location.In<T>(holder, offset) = value);
                current.Note($"(its write of {name} is not seen yet)");
                return;
            }

            location = value;
            current.Step("done");
        }
    }

    /// <summary>As the platform's in what fences it has: to add is one, and to find nothing is none.</summary>
    internal sealed class ConcurrentQueue<T>
    {
        private readonly Queue<T> _items = new();

        public bool IsEmpty
        {
            get
            {
                ModelThread.Current?.Step("is it empty?");
                return _items.Count == 0;
            }
        }

        public int Count => _items.Count;

        public void Enqueue(T item)
        {
            ModelThread.Current?.Flush();
            ModelThread.Current?.Step($"add {Name(item)}");
            _items.Enqueue(item);
        }

        private static object? Name(T item) => item is Job ? item : typeof(T).Name;

        public bool TryDequeue([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T item)
        {
            ModelThread.Current?.Step("take");
            if (!_items.TryDequeue(out item))
                return false;
            ModelThread.Current?.Flush();
            ModelThread.Current?.Note($"has taken {Name(item)}");
            return true;
        }
    }

    internal sealed class ManualResetEventSlim(bool isSet = false, int spinCount = 0)
    {
        private readonly int _spinCount = spinCount;

        public bool IsSet { get; private set; } = isSet;

        public void Set()
        {
            ModelThread.Current?.Flush();
            ModelThread.Current?.Step($"set {_spinCount}");
            IsSet = true;
        }

        public void Reset()
        {
            ModelThread.Current?.Step("reset");
            IsSet = false;
        }

        public void Wait() => ModelThread.Current!.Block("wait", () => IsSet);

        public bool Wait(TimeSpan time) => throw new NotSupportedException($"The model has no time: {time}.");
    }

    internal sealed class Thread(Action body)
    {
        public bool IsBackground { get; set; }

        public string Name { get; set; } = "";

        public void UnsafeStart() => Run.Current!.Start(Name, body);

        public static void Yield() => ModelThread.Current?.Step("yield", isYield: true);
    }

    internal static class ThreadPool
    {
        public static void UnsafeQueueUserWorkItem(Akka.Dispatch.IRunnable item, bool preferLocal)
        {
            ModelThread.Current?.Flush();
            ModelThread.Current?.Step($"hand {item} to the pool");
            Run.Current!.Start($"pool ({preferLocal})", item.Run);
        }
    }

    /// <summary>Each look at the clock finds that the time is up.</summary>
    internal static class Stopwatch
    {
        public static long GetTimestamp() => 0;

        public static TimeSpan GetElapsedTime(long began) => TimeSpan.MaxValue - TimeSpan.FromTicks(began);
    }
}

namespace System.Threading
{
    internal sealed class Lock
    {
        private ModelThread? _owner;

        public Scope EnterScope()
        {
            if (ModelThread.Current is { } current)
            {
                current.Block("lock", () => _owner is null);
                _owner = current;
            }

            return new Scope(this);
        }

        private void Exit()
        {
            if (ModelThread.Current is not { } current || current != _owner)
                return;

            // Who enters next sees all that was written inside.
            current.Flush();
            _owner = null;
        }

        public readonly ref struct Scope(Lock of)
        {
            public void Dispose() => of.Exit();
        }
    }
}

namespace ActorHttp.Interleavings.Model
{
    /// <summary>A field as an object and a place in it: a reference to it cannot be kept on the heap.</summary>
    internal static class Location
    {
        /// <summary>False for a field of an object that the program does not share by name: writes to it are seen at once.</summary>
        public static bool TryFind<T>(ref T location, out object holder, out nint offset)
        {
            foreach (var each in Run.Current!.Reachable())
            {
                ref var start = ref Unsafe.As<Raw>(each).First;
                (holder, offset) = (each, Unsafe.ByteOffset(ref start, ref Unsafe.As<T, byte>(ref location)));
                if (offset >= 0 && offset < SizeOf(each))
                    return true;
            }

            (holder, offset) = (string.Empty, 0);
            return false;
        }

        public static ref T In<T>(object holder, nint offset) =>
            ref Unsafe.As<byte, T>(ref Unsafe.AddByteOffset(ref Unsafe.As<Raw>(holder).First, offset));

        // The runtime keeps the size of an object, header and type included, behind the first four bytes of its type's table.
        private static int SizeOf(object of) =>
            System.Runtime.InteropServices.Marshal.ReadInt32(of.GetType().TypeHandle.Value, sizeof(int)) - (2 * nint.Size);

        private sealed class Raw
        {
            public byte First;
        }
    }
}

namespace ActorHttp
{
    /// <summary>Akka's, with the steps of its queue.</summary>
    internal sealed class UnboundedMessageQueue
    {
        private readonly ConcurrentQueue<Akka.Actor.Envelope> _queue = new();

        public bool HasMessages => !_queue.IsEmpty;

        public int Count => _queue.Count;

        public void Enqueue(Akka.Actor.IActorRef receiver, Akka.Actor.Envelope envelope)
        {
            _ = receiver;
            _queue.Enqueue(envelope);
        }

        public bool TryDequeue(out Akka.Actor.Envelope envelope) => _queue.TryDequeue(out envelope);
    }
}

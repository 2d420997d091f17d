using ActorHttp.Interleavings.Model;

namespace ActorHttp.Sockets;

/// <summary>The kernel's part, as the linked files call it: wakers, edges, and what a socket has received.</summary>
internal static class Epoll
{
    public const uint In = 0x001;
    public const uint Urgent = 0x002;
    public const uint Out = 0x004;
    public const uint Error = 0x008;
    public const uint HangUp = 0x010;
    public const uint PeerHangUp = 0x2000;
    public const uint EdgeTriggered = 1u << 31;
    public const int Interrupted = 4;
    public const int TryAgain = 11;
    public const int BrokenPipe = 32;
    public const int ConnectionReset = 104;
    public const int TimedOut = 110;
    public const int NoDelay = 0;
    public const int ForEver = -1;
    public const int EventSize = 12;

    /// <summary>What one run knows of descriptors.</summary>
    internal sealed class Kernel
    {
        public const int Waker = 1001;

        public bool HasWakerEdge { get; set; }

        public HashSet<int> Closed { get; } = [];

        public Queue<byte> Received { get; } = new();

        public bool HasEnded { get; set; }

        public bool IsFull { get; set; }

        /// <summary>Whether a reactor watches the socket.</summary>
        public bool IsWatched { get; set; }

        /// <summary>What an edge says now.</summary>
        public uint State => (Received.Count > 0 ? In : 0) | (HasEnded ? In | PeerHangUp : 0) | (IsFull ? 0 : Out);
    }

    public static Kernel Of() =>
        (Kernel)(
            Run.Current!.State.TryGetValue(typeof(Kernel), out var kernel) ? kernel : Run.Current.State[typeof(Kernel)] = new Kernel());

    public static int Create() => 1000;

    public static int CreateWaker() => Kernel.Waker;

    public static bool Add(int epoll, int descriptor, uint events)
    {
        _ = (epoll, events);
        if (descriptor == Kernel.Waker)
            return true;
        ModelThread.Current!.Step("watch the socket");
        Of().IsWatched = true;
        return true;
    }

    // An edge goes to one of those who wait.
    public static int Wait(int epoll, byte[] events, int timeout)
    {
        var kernel = Of();
        if (timeout == ForEver)
            ModelThread.Current!.Block("sleep", () => kernel.HasWakerEdge);
        else
            ModelThread.Current!.Step("look at the sockets");
        Assert.False(kernel.Closed.Contains(epoll), "a closed descriptor is waited for");
        if (!kernel.HasWakerEdge)
            return 0;
        kernel.HasWakerEdge = false;
        events[0] = 1;
        return 1;
    }

    public static (int Descriptor, uint Events) EventAt(byte[] events, int index)
    {
        _ = (events, index);
        return (Kernel.Waker, In);
    }

    public static void Wake(int waker)
    {
        ModelThread.Current?.Flush();
        ModelThread.Current?.Step("wake");
        Assert.False(Of().Closed.Contains(waker), "a closed waker is written to");
        Of().HasWakerEdge = true;
    }

    public static void Close(int descriptor) => Assert.True(Of().Closed.Add(descriptor), $"{descriptor} is closed twice");

    // 0 is the end. What there is before an end is not read over it.
    public static int Receive(int descriptor, Span<byte> buffer)
    {
        var kernel = Of();
        ModelThread.Current?.Step($"receive from {descriptor}");
        if (kernel.Received.Count == 0 && !kernel.HasEnded)
        {
            return Again("nothing has come");
        }

        var count = 0;
        while (count < buffer.Length && kernel.Received.TryDequeue(out var one))
            buffer[count++] = one;
        ModelThread.Current?.Step($"received {count}");
        return count;
    }

    public static int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        ModelThread.Current?.Step($"send to {descriptor}");
        if (!Of().IsFull)
            return bytes.Length;
        return Again("the kernel is full");
    }

    public static int Send(int descriptor, ArraySegment<byte>[] pieces) => Send(descriptor, pieces[0]);

    // The error last: while another thread moves, the runtime makes calls of its own.
    private static int Again(string why)
    {
        ModelThread.Current?.Step(why);
        System.Runtime.InteropServices.Marshal.SetLastPInvokeError(TryAgain);
        return -1;
    }
}

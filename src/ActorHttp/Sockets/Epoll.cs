using System.Runtime.InteropServices;

namespace ActorHttp.Sockets;

/// <summary>
/// The calls of Linux's epoll(7), and the socket functions that a reactor uses together with epoll. A function that can fail
/// returns -1, unless its own comment describes another value. The runtime keeps the error number
/// (<see cref="Marshal.GetLastPInvokeError"/>).
/// </summary>
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

    private const int CloseOnExec = 0x80000;
    private const int AddOperation = 1;
    private const int DontWait = 0x40;
    private const uint InputQueue = 0x541B;
    private const uint OutputQueue = 0x5411;
    private const int Output = 1;
    private const int Both = 2;
    private const int SocketLevel = 1;
    private const int LingerOption = 13;

    // IOV_MAX of sendmsg(2): the largest number of pieces in one call. The caller sends the remaining pieces with the next
    // call.
    private const int MostVectors = 1024;
    private const int NoSignal = 0x4000;

    // struct epoll_event is packed on x86-64 only.
    private static readonly bool IsPacked = RuntimeInformation.ProcessArchitecture == Architecture.X64;
    private static readonly int DataOffset = IsPacked ? 4 : 8;

    /// <summary>The size of one event in bytes.</summary>
    public static readonly int EventSize = IsPacked ? 12 : 16;

    public static int Create() => epoll_create1(CloseOnExec);

    /// <summary>
    /// Adds a descriptor to an epoll instance, for these events. Each event contains the number of its descriptor. Returns
    /// false on an error.
    /// </summary>
    public static bool Add(int epoll, int descriptor, uint events)
    {
        Span<byte> wanted = stackalloc byte[EventSize];
        MemoryMarshal.Write(wanted, events);
        MemoryMarshal.Write(wanted[DataOffset..], (long)descriptor);
        return epoll_ctl(epoll, AddOperation, descriptor, ref MemoryMarshal.GetReference(wanted)) == 0;
    }

    /// <summary>
    /// Waits for events for at most <paramref name="timeout"/> milliseconds, or without limit (<see cref="ForEver"/>). Returns
    /// the number of events. Returns 0 when the timeout has passed, and after a signal or an error.
    /// </summary>
    public static int Wait(int epoll, byte[] events, int timeout) =>
        Math.Max(0, epoll_wait(epoll, ref events[0], events.Length / EventSize, timeout));

    public static (int Descriptor, uint Events) EventAt(byte[] events, int index)
    {
        var one = events.AsSpan(index * EventSize, EventSize);
        return ((int)MemoryMarshal.Read<long>(one[DataOffset..]), MemoryMarshal.Read<uint>(one));
    }

    public static int Receive(int descriptor, Span<byte> buffer) =>
        (int)recv(descriptor, ref MemoryMarshal.GetReference(buffer), buffer.Length, DontWait);

    public static int Send(int descriptor, ReadOnlySpan<byte> bytes) =>
        (int)send(descriptor, ref MemoryMarshal.GetReference(bytes), bytes.Length, DontWait | NoSignal);

    /// <summary>Sends several pieces in order with one call.</summary>
    public static int Send(int descriptor, ArraySegment<byte>[] pieces)
    {
        var pinned = new GCHandle[pieces.Length + 1];
        var vectors = new IoVector[Math.Min(pieces.Length, MostVectors)];
        try
        {
            for (var i = 0; i < vectors.Length; i++)
            {
                pinned[i] = GCHandle.Alloc(pieces[i].Array, GCHandleType.Pinned);
                vectors[i] = new IoVector(pinned[i].AddrOfPinnedObject() + pieces[i].Offset, pieces[i].Count);
            }

            pinned[^1] = GCHandle.Alloc(vectors, GCHandleType.Pinned);
            var message = new MessageHeader { Vectors = pinned[^1].AddrOfPinnedObject(), VectorCount = vectors.Length };
            return (int)sendmsg(descriptor, ref message, DontWait | NoSignal);
        }
        finally
        {
            foreach (var handle in pinned)
            {
                if (handle.IsAllocated)
                    handle.Free();
            }
        }
    }

    /// <summary>
    /// Returns the number of bytes that have arrived but have not been read (tcp(7), SIOCINQ). Returns 0 on an error.
    /// </summary>
    public static int Unread(int descriptor)
    {
        var count = 0;
        return ioctl(descriptor, InputQueue, ref count) == 0 ? count : 0;
    }

    /// <summary>
    /// Sends FIN. With <paramref name="both"/>, also ends receiving. Ignores an error, because the client may already have
    /// reset the connection.
    /// </summary>
    public static void ShutDown(int descriptor, bool both) => _ = shutdown(descriptor, both ? Both : Output);

    /// <summary>Changes a later close of the socket into a reset.</summary>
    public static void ResetOnClose(int descriptor)
    {
        var linger = new Linger { IsOn = 1, Seconds = 0 };
        _ = setsockopt(descriptor, SocketLevel, LingerOption, ref linger, 2 * sizeof(int));
    }

    /// <summary>
    /// Returns the number of written bytes that the client has not acknowledged (tcp(7), SIOCOUTQ). Returns 0 on an error.
    /// </summary>
    public static int Unacknowledged(int descriptor)
    {
        var count = 0;
        return ioctl(descriptor, OutputQueue, ref count) == 0 ? count : 0;
    }

    /// <summary>
    /// Creates a descriptor that becomes readable when <see cref="Wake"/> is called with this descriptor (eventfd(2)).
    /// </summary>
    public static int CreateWaker() => eventfd(0, CloseOnExec);

    public static void Wake(int waker)
    {
        var one = 1L;
        _ = write(waker, ref one, sizeof(long));
    }

    public static void Close(int descriptor) => _ = close(descriptor);

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_create1(int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_ctl(int epoll, int operation, int descriptor, ref byte wanted);

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_wait(int epoll, ref byte events, int most, int timeout);

    [DllImport("libc", SetLastError = true)]
    private static extern nint recv(int descriptor, ref byte buffer, nint length, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern nint send(int descriptor, ref byte bytes, nint length, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern nint sendmsg(int descriptor, ref MessageHeader message, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int shutdown(int descriptor, int how);

    [DllImport("libc", SetLastError = true)]
    private static extern int setsockopt(int descriptor, int level, int option, ref Linger value, int length);

    [DllImport("libc", SetLastError = true)]
    private static extern int ioctl(int descriptor, nuint request, ref int value);

    [DllImport("libc", SetLastError = true)]
    private static extern int eventfd(uint start, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern nint write(int descriptor, ref long value, nint length);

    [DllImport("libc", SetLastError = true)]
    private static extern int close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct IoVector(nint Start, nint Length);

    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public nint Name;
        public uint NameLength;
        public nint Vectors;
        public nint VectorCount;
        public nint Control;
        public nint ControlLength;
        public int Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Linger
    {
        public int IsOn;
        public int Seconds;
    }
}

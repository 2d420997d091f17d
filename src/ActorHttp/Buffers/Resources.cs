using System.Buffers;

namespace ActorHttp.Buffers;

/// <summary>What the server takes from its process and gives back: rented arrays, descriptors, and native memory.</summary>
/// <remarks>
/// The host may set a ledger before the first use (<see cref="LedgerKey"/>); tests count with it. The fields are static and
/// read-only, so the JIT compiler knows their values, and a server without a ledger pays nothing.
/// </remarks>
internal static class Resources
{
    /// <summary>The key of the ledger in the data of <see cref="AppContext"/>.</summary>
    public const string LedgerKey = "ActorHttp.Ledger";

    private static readonly IResourceLedger? Ledger = AppContext.GetData(LedgerKey) as IResourceLedger;

    private static readonly ArrayPool<byte> Pool = Ledger?.Pool ?? ArrayPool<byte>.Shared;

    /// <summary>An array of at least this many bytes. Each one is returned or left.</summary>
    public static byte[] Rent(int size) => Pool.Rent(size);

    public static void Return(byte[] array) => Pool.Return(array);

    /// <summary>
    /// Leaves a rented array to the garbage collector. For arrays that another thread, or the system, may still read: in the
    /// pool they would be filled with the bytes of another client.
    /// </summary>
    public static void Leave(byte[] array) => Ledger?.Leave(array);

    /// <summary>An object that holds native memory, or a descriptor, has been made.</summary>
    public static void Open(object holder) => Ledger?.Open(holder);

    /// <summary>The object has been disposed. A handle need not say so: it knows whether it is closed.</summary>
    public static void Close(object holder) => Ledger?.Close(holder);
}

/// <summary>Counts what is taken and given back.</summary>
internal interface IResourceLedger
{
    ArrayPool<byte> Pool { get; }

    void Leave(byte[] array);

    void Open(object holder);

    void Close(object holder);
}

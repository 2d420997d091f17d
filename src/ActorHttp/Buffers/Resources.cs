using System.Buffers;

namespace ActorHttp.Buffers;

/// <summary>Rents and returns arrays, and records which descriptors and which native memory the server holds.</summary>
/// <remarks>
/// The host may set a ledger before the first use (<see cref="LedgerKey"/>). Tests use a ledger to find leaks. The fields are static
/// and read-only, so the JIT compiler knows their values, and a server without a ledger pays nothing.
/// </remarks>
internal static class Resources
{
    /// <summary>The key of the ledger in the data of <see cref="AppContext"/>.</summary>
    public const string LedgerKey = "ActorHttp.Ledger";

    private static readonly IResourceLedger? Ledger = AppContext.GetData(LedgerKey) as IResourceLedger;

    private static readonly ArrayPool<byte> Pool = Ledger?.Pool ?? ArrayPool<byte>.Shared;

    /// <summary>
    /// Rents an array of at least this many bytes. The caller passes the array to <see cref="Return"/> or <see cref="Leave"/>
    /// later.
    /// </summary>
    public static byte[] Rent(int size) => Pool.Rent(size);

    public static void Return(byte[] array) => Pool.Return(array);

    /// <summary>
    /// Leaves a rented array to the garbage collector. Used when another thread or the system may still read the array: from
    /// the pool, it would be filled with the bytes of another client.
    /// </summary>
    public static void Leave(byte[] array) => Ledger?.Leave(array);

    /// <summary>Records that an object with native memory or a descriptor has been created.</summary>
    public static void Open(object holder) => Ledger?.Open(holder);

    /// <summary>Records that the object has been disposed. A handle needs no such record, because it knows whether it is closed.</summary>
    public static void Close(object holder) => Ledger?.Close(holder);
}

/// <summary>Counts the resources that are taken and given back.</summary>
internal interface IResourceLedger
{
    ArrayPool<byte> Pool { get; }

    void Leave(byte[] array);

    void Open(object holder);

    void Close(object holder);
}

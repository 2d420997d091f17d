using System.Buffers;

namespace ActorHttp.Buffers;

/// <summary>Rents and returns arrays, and records the descriptors and the native memory that the server holds.</summary>
/// <remarks>
/// The host may set a ledger before the first use of this class (<see cref="LedgerKey"/>). Tests use a ledger to find leaks.
/// The fields are static and read-only, so the JIT compiler treats their values as constants. So a server without a ledger has
/// no cost.
/// </remarks>
internal static class Resources
{
    /// <summary>The key of the ledger in the data of <see cref="AppContext"/>.</summary>
    public const string LedgerKey = "ActorHttp.Ledger";

    private static readonly IResourceLedger? Ledger = AppContext.GetData(LedgerKey) as IResourceLedger;

    private static readonly ArrayPool<byte> Pool = Ledger?.Pool ?? ArrayPool<byte>.Shared;

    /// <summary>
    /// Rents an array of at least this number of bytes. The caller must later pass the array to <see cref="Return"/> or
    /// <see cref="Leave"/>.
    /// </summary>
    public static byte[] Rent(int size) => Pool.Rent(size);

    public static void Return(byte[] array) => Pool.Return(array);

    /// <summary>
    /// Gives up a rented array without the pool, so that the garbage collector frees the array. Used when another thread or the
    /// system may still read the array. If the array returned to the pool, the server could fill it with the bytes of another
    /// client.
    /// </summary>
    public static void Leave(byte[] array) => Ledger?.Leave(array);

    /// <summary>Records that an object with native memory or a descriptor has been created.</summary>
    public static void Open(object holder) => Ledger?.Open(holder);

    /// <summary>
    /// Records that the object has been disposed. A handle needs no such record, because a handle has a property that shows
    /// whether it is closed.
    /// </summary>
    public static void Close(object holder) => Ledger?.Close(holder);
}

/// <summary>Counts the rented and returned arrays, and the other resources of <see cref="Resources"/>.</summary>
internal interface IResourceLedger
{
    ArrayPool<byte> Pool { get; }

    void Leave(byte[] array);

    void Open(object holder);

    void Close(object holder);
}

using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorHttp.Buffers;
using ActorHttp.Server;
using Akka.Actor;
using Akka.Actor.Internal;

namespace ActorHttp.Tests.Kit;

/// <summary>
/// Counts what the servers of this process rent and hold, by the actor system that took it: tests run side by side, and a
/// count of the whole process would mix their servers. It keeps what is open, so that no finalizer closes what the server
/// has forgotten.
/// </summary>
internal sealed class Ledger : ArrayPool<byte>, IResourceLedger
{
    public static readonly Ledger Instance = new();

    private readonly ConcurrentDictionary<object, Taken> _taken = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentDictionary<IActorRef, int> _refusals = [];
    private int _handles;

    public ArrayPool<byte> Pool => this;

    // Before anything reads the fields of Resources.
    [ModuleInitializer]
    internal static void Install() => AppContext.SetData(Resources.LedgerKey, Instance);

    /// <summary>What the actors of a system have taken and not given back.</summary>
    public IReadOnlyList<string> Of(ActorSystem system)
    {
        ForgetClosed();
        return [.. _taken.Where(pair => pair.Value.System == system).Select(pair => $"{pair.Key.GetType().Name} of "
            + $"{pair.Value.Size}, taken by {pair.Value.Taker}")];
    }

    /// <summary>Refuses the next array that an actor asks for, as the runtime does when there is no memory left.</summary>
    public void Refuse(IActorRef taker) => _refusals[taker] = 1;

    public override byte[] Rent(int minimumLength)
    {
        if (!_refusals.IsEmpty && InternalCurrentActorCellKeeper.Current is { } cell && _refusals.TryRemove(cell.Self, out _))
            throw new OutOfMemoryException("The test has refused this array.");

        // The pool has one empty array, and gives it to all at once.
        var array = Shared.Rent(minimumLength);
        if (array.Length > 0)
            Add(array, array.Length);
        return array;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        if (array.Length > 0 && !_taken.TryRemove(array, out _))
            throw new InvalidOperationException("An array was returned that is not rented; perhaps it was returned twice.");

        // Overwrites the array, so that a test sees when a returned array is still read. No test sends these bytes.
        array.AsSpan(0, Math.Min(array.Length, 64 * 1024)).Fill(0xEE);
        Shared.Return(array, clearArray);
    }

    public void Leave(byte[] array)
    {
        if (array.Length > 0 && !_taken.TryRemove(array, out _))
            throw new InvalidOperationException("An array was left that is not rented; perhaps it was returned before.");
    }

    public void Open(object holder) => Add(holder, 1);

    public void Close(object holder) => _taken.TryRemove(holder, out _);

    private void Add(object what, int size)
    {
        if (what is SafeHandle && Interlocked.Increment(ref _handles) % 256 == 0)
            ForgetClosed();
        var cell = InternalCurrentActorCellKeeper.Current;
        _taken[what] = new Taken(cell?.System, cell?.Props.TypeName ?? "no actor", size);
    }

    private void ForgetClosed()
    {
        foreach (var handle in _taken.Keys.OfType<SafeHandle>())
        {
            if (handle.IsClosed)
                _taken.TryRemove(handle, out _);
        }
    }

    private sealed record Taken(ActorSystem? System, string Taker, int Size);
}

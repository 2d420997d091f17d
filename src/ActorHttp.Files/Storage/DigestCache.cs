using System.Collections.Concurrent;
using ActorHttp.Semantics;

namespace ActorHttp.Files.Storage;

/// <summary>Which bytes a digest is of, and by which algorithm.</summary>
/// <param name="Identity">The file itself: two files can have the same length and time, and so the same tag.</param>
/// <param name="Path">The path in its place, where the system does not tell files apart; else empty.</param>
/// <param name="Tag">The tag of the representation.</param>
/// <param name="Algorithm">The algorithm.</param>
internal readonly record struct DigestKey(FileIdentity Identity, string Path, EntityTag Tag, DigestAlgorithm Algorithm);

/// <summary>
/// Digests that were computed, so that a file is not read again for each request that wants one. Any thread may ask. When it is
/// full it forgets the oldest half: to know the least used would cost each request more than a digest now and then.
/// </summary>
internal sealed class DigestCache(int most)
{
    private readonly ConcurrentDictionary<DigestKey, byte[]> _digests = new();
    private readonly ConcurrentQueue<DigestKey> _order = new();

    public int Count => _digests.Count;

    public byte[]? Find(DigestKey key) => _digests.GetValueOrDefault(key);

    public void Add(DigestKey key, byte[] digest)
    {
        if (!_digests.TryAdd(key, digest))
            return;
        _order.Enqueue(key);
        if (_digests.Count <= most)
            return;
        for (var left = most / 2; left >= 0 && _order.TryDequeue(out var oldest); left--)
            _digests.TryRemove(oldest, out _);
    }
}

using System.Collections.Concurrent;
using ActorHttp.Semantics;

namespace ActorHttp.Files.Storage;

/// <summary>Identifies the bytes of a file, and the algorithm of their digest.</summary>
/// <param name="Identity">
/// The identity of the file. The tag alone is not enough, because two files with the same length and time have the same tag.
/// </param>
/// <param name="Path">The path of the file on a system without file identities; else empty.</param>
/// <param name="Tag">The entity tag of the representation.</param>
/// <param name="Algorithm">The algorithm of the digest.</param>
internal readonly record struct DigestKey(FileIdentity Identity, string Path, EntityTag Tag, DigestAlgorithm Algorithm);

/// <summary>
/// Caches the computed digests, so that a file is not read again for each request that wants its digest. Any thread may use the
/// cache. A full cache drops the oldest half of its digests. The cache does not track which digests are used least, because the
/// tracking would cost more than to compute a digest again.
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

using System.Buffers;
using System.Security.Cryptography;
using ActorHttp.Semantics;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Handlers.Files.Storage;

/// <summary>The digest of a file, in steps: a large one takes seconds, and its client may be gone before.</summary>
internal sealed class FileDigest(SafeFileHandle handle, long length, DigestAlgorithm algorithm) : IDisposable
{
    private const int StepSize = 1024 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(NameOf(algorithm));
    private long _position;

    public static HashAlgorithmName NameOf(DigestAlgorithm algorithm) =>
        algorithm == DigestAlgorithm.Sha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;

    /// <summary>Reads on. Null, or the digest when it is at the end; of a file that has become shorter, of what there is.</summary>
    public byte[]? Step()
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(StepSize, Math.Max(length, 1)));
        try
        {
            var read = RandomAccess.Read(handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - _position)), _position);
            _hash.AppendData(buffer, 0, read);
            _position += read;
            return read == 0 || _position == length ? _hash.GetHashAndReset() : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose() => _hash.Dispose();
}

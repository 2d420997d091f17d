using System.Security.Cryptography;
using ActorHttp.Buffers;
using ActorHttp.Semantics;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>
/// Computes the digest of a file in steps. The caller can stop between two steps, because a large file takes seconds and the
/// client may disconnect.
/// </summary>
internal sealed class FileDigest : IDisposable
{
    private const int StepSize = 1024 * 1024;

    private readonly SafeFileHandle _handle;
    private readonly long _length;
    private readonly IncrementalHash _hash;
    private long _position;

    public FileDigest(SafeFileHandle handle, long length, DigestAlgorithm algorithm)
    {
        _handle = handle;
        _length = length;
        _hash = IncrementalHash.CreateHash(NameOf(algorithm));
        Resources.Open(this);
    }

    public static HashAlgorithmName NameOf(DigestAlgorithm algorithm) =>
        algorithm == DigestAlgorithm.Sha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;

    /// <summary>
    /// Reads the next part of the file. Returns the digest when the whole file has been read; else null. When the file has become
    /// shorter, the digest covers the bytes up to the new end.
    /// </summary>
    public byte[]? Step()
    {
        var buffer = Resources.Rent((int)Math.Min(StepSize, Math.Max(_length, 1)));
        try
        {
            var read = RandomAccess.Read(_handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, _length - _position)), _position);
            _hash.AppendData(buffer, 0, read);
            _position += read;
            return read == 0 || _position == _length ? _hash.GetHashAndReset() : null;
        }
        finally
        {
            Resources.Return(buffer);
        }
    }

    public void Dispose()
    {
        _hash.Dispose();
        Resources.Close(this);
    }
}

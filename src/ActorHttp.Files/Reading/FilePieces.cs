using ActorHttp.Files.Storage;
using ActorHttp.Semantics;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Reading;

/// <summary>A piece of a download: bytes that do not come from the file, followed by a range of the file.</summary>
/// <param name="Before">The bytes before the range, such as the header section of a part in a multipart body.</param>
/// <param name="Range">The range of the file.</param>
internal readonly record struct FilePiece(ReadOnlyMemory<byte> Before, ByteRange Range)
{
    /// <summary>Returns the pieces of a body with several ranges (multipart/byteranges).</summary>
    public static FilePiece[] Of(MultipartByteRanges parts) =>
        [.. parts.Ranges.Select((range, i) => new FilePiece(parts.HeadOf(i), range)), new FilePiece(parts.Closing, default)];
}

/// <summary>The pieces of one download, and the current position in the pieces.</summary>
internal sealed class FilePieces(FilePiece[] pieces)
{
    private int _piece;

    // The position in the current piece. The count includes the bytes before the range.
    private long _position;

    /// <summary>
    /// Reads bytes of a file at a position into a buffer. Returns the number of bytes, and 0 at the end of the file. A function
    /// that must not wait for a disk returns -1 when the read would have to wait.
    /// </summary>
    public delegate int ReadFile(SafeFileHandle file, ArraySegment<byte> buffer, long position);

    /// <summary>Reads bytes of a file and waits for the disk if necessary.</summary>
    public static int ReadDisk(SafeFileHandle file, ArraySegment<byte> buffer, long position) => RandomAccess.Read(file, buffer, position);

    /// <summary>
    /// Fills the array from the file. Returns the number of bytes, which is less than the length of the array only at the end of
    /// the file.
    /// </summary>
    /// <exception cref="WouldWaitException">
    /// Some of the bytes are not in memory. Returning fewer bytes would be wrong, because then the answer would depend on which
    /// bytes are in memory.
    /// </exception>
    public static int Read(SafeFileHandle file, byte[] bytes, long position, ReadFile read)
    {
        var length = 0;
        while (length < bytes.Length && read(file, new ArraySegment<byte>(bytes)[length..], position + length) is var count and not 0)
            length += count > 0 ? count : throw new WouldWaitException();
        return length;
    }

    /// <summary>Whether all pieces have been read.</summary>
    public bool IsDone => _piece == pieces.Length;

    /// <summary>
    /// Fills a buffer from the pieces. Returns the number of bytes. The buffer is not full when all pieces have been read, when
    /// the file has become shorter, or when <paramref name="read"/> returns -1. <paramref name="last"/> is the result of the last
    /// read.
    /// </summary>
    public int Fill(ArraySegment<byte> buffer, SafeFileHandle file, ReadFile read, out int last)
    {
        var filled = 0;
        last = 0;
        while (!IsDone && filled < buffer.Count)
        {
            var (before, range) = pieces[_piece];
            var isBefore = _position < before.Length;
            last = isBefore
                ? Copy(before.Span[(int)_position..], buffer[filled..])
                : Read(file, range, _position - before.Length, buffer[filled..], read);
            if (last > 0)
            {
                _position += last;
                filled += last;
            }

            if (_position == before.Length + range.Length)
                (_piece, _position) = (_piece + 1, 0);
            else if (last <= 0)
                break;
        }

        return filled;
    }

    private static int Copy(ReadOnlySpan<byte> text, Span<byte> buffer)
    {
        var length = Math.Min(text.Length, buffer.Length);
        text[..length].CopyTo(buffer);
        return length;
    }

    private static int Read(SafeFileHandle file, ByteRange range, long position, ArraySegment<byte> buffer, ReadFile read)
    {
        var wanted = (int)Math.Min(buffer.Count, range.Length - position);
        return wanted == 0 ? 0 : read(file, buffer[..wanted], range.First + position);
    }
}

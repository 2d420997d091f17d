using System.Text;

namespace ActorHttp.Files.Storage;

/// <summary>
/// Converts names of files between bytes and text. On Linux a name is any bytes. In the text, each byte that is not UTF-8 is a lone low
/// surrogate, U+DC80 to U+DCFF, which no UTF-8 decodes to. So the conversion loses nothing, and a file whose name is not UTF-8 can still be
/// listed, linked, read and deleted.
/// </summary>
internal static class FileName
{
    private const char FirstEscape = '\uDC80';
    private const char LastEscape = '\uDCFF';

    /// <summary>The text of a name's bytes.</summary>
    public static string Decode(ReadOnlySpan<byte> name)
    {
        if (System.Text.Unicode.Utf8.IsValid(name))
            return Encoding.UTF8.GetString(name);
        var text = new StringBuilder(name.Length);
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(name, out var rune, out var length) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune);
            }
            else
            {
                // The bytes of an invalid sequence are escaped one by one.
                foreach (var b in name[..length])
                    text.Append((char)(0xDC00 + b));
            }

            name = name[length..];
        }

        return text.ToString();
    }

    /// <summary>The bytes of a name, followed by zeros. C functions need one zero.</summary>
    public static byte[] Encode(string name, int zeros = 0)
    {
        if (!name.AsSpan().ContainsAnyInRange(FirstEscape, LastEscape))
        {
            var plain = new byte[Encoding.UTF8.GetByteCount(name) + zeros];
            Encoding.UTF8.GetBytes(name, plain);
            return plain;
        }

        var bytes = new List<byte>(name.Length + zeros);
        Span<byte> utf8 = stackalloc byte[4];
        for (var i = 0; i < name.Length; i++)
        {
            if (Rune.TryGetRuneAt(name, i, out var rune))
            {
                bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
                i += rune.Utf16SequenceLength - 1;
            }
            else
            {
                bytes.Add((byte)name[i]);
            }
        }

        bytes.AddRange(new byte[zeros]);
        return [.. bytes];
    }

    /// <summary>Whether the name is UTF-8 throughout, so that it has a meaning on every system.</summary>
    public static bool IsText(string name) => !name.AsSpan().ContainsAnyInRange(FirstEscape, LastEscape) || IsWellFormed(name);

    /// <summary>The name for people, with U+FFFD for each byte that is not UTF-8.</summary>
    public static string Visible(string name) => IsText(name) ? name : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name));

    private static bool IsWellFormed(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (!Rune.TryGetRuneAt(name, i, out var rune))
                return false;
            i += rune.Utf16SequenceLength - 1;
        }

        return true;
    }
}

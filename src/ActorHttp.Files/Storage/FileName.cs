using System.Text;

namespace ActorHttp.Files.Storage;

/// <summary>
/// Converts file names between bytes and text. A file name on Linux can be any bytes. The text contains a lone low surrogate
/// (U+DC80 to U+DCFF) for each byte that is not UTF-8. Valid UTF-8 never decodes to a lone surrogate, so the conversion loses
/// nothing. So a file whose name is not UTF-8 can be listed, linked, read and deleted.
/// </summary>
internal static class FileName
{
    private const char FirstEscape = '\uDC80';
    private const char LastEscape = '\uDCFF';

    /// <summary>Returns the text for the bytes of a name.</summary>
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

    /// <summary>Returns the bytes of a name, followed by the given number of zeros. C functions need one zero at the end.</summary>
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

    /// <summary>Whether the whole name is UTF-8. Such a name has the same meaning on every system.</summary>
    public static bool IsText(string name) => !name.AsSpan().ContainsAnyInRange(FirstEscape, LastEscape) || IsWellFormed(name);

    /// <summary>Returns the name for display to humans, with U+FFFD for each byte that is not UTF-8.</summary>
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

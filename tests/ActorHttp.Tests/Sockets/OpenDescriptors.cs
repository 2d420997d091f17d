using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ActorHttp.Tests.Sockets;

/// <summary>What a process has open, as Linux tells it.</summary>
internal static class OpenDescriptors
{
    /// <summary>The files below a folder that a process has open, deleted ones too; always none where there is no /proc.</summary>
    public static IReadOnlyList<string> Below(string folder, int? process = null) =>
        [.. Of(process ?? Environment.ProcessId).Where(target => target.StartsWith(folder + "/", StringComparison.Ordinal))];

    /// <summary>How many sockets a process has.</summary>
    public static int Sockets(int process) => Of(process).Count(target => target.StartsWith("socket:", StringComparison.Ordinal));

    /// <summary>The descriptors of this process that a folder itself has.</summary>
    public static IReadOnlyList<string> At(string folder) => [.. Of(Environment.ProcessId).Where(target => target == folder)];

    /// <summary>This process's descriptors by their kind: the targets without numbers, or "file".</summary>
    public static IReadOnlyDictionary<string, int> Kinds() =>
        Of(Environment.ProcessId).CountBy(
            target => target.StartsWith('/')
                ? "file"
                : target.Split('[', ':')[0] is "anon_inode"
                ? target
                : target.Split(':')[0]).ToDictionary();

    /// <summary>
    /// How many sockets of this process have this local port: those of a server on it, whatever their state. A socket that the
    /// other side has reset is in no table of the kernel any more, but still answers getsockname(2).
    /// </summary>
    public static int SocketsAt(int port)
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        var count = 0;
        Span<byte> address = stackalloc byte[128];
        foreach (
            var descriptor in Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(
                path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)))
        {
            // struct sockaddr_in and sockaddr_in6: the family, then the port in the order of the network.
            var length = address.Length;
            if (getsockname(descriptor, ref MemoryMarshal.GetReference(address), ref length) == 0
                && BitConverter.ToUInt16(address) is 2 or 10
                && BinaryPrimitives.ReadUInt16BigEndian(address[2..]) == port)
            {
                count++;
            }
        }

        return count;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int getsockname(int descriptor, ref byte address, ref int length);

    private static List<string> Of(int process)
    {
        var folder = $"/proc/{process}/fd";
        var targets = new List<string>();
        if (!Directory.Exists(folder))
            return targets;
        foreach (var descriptor in Directory.EnumerateFileSystemEntries(folder))
        {
            try
            {
                targets.Add(new FileInfo(descriptor).LinkTarget ?? "");
            }
            catch (IOException)
            {
                // Closed between the two looks; so it is not open.
            }
        }

        return targets;
    }
}

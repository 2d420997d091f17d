using System.Globalization;

namespace ActorHttp.Tests.Sockets;

/// <summary>The most that the system itself may hold for one socket, in bytes: it lets the buffers of a busy one grow up to this.</summary>
internal static class KernelBuffers
{
    // Other systems than Linux stay well below it.
    private const int Unknown = 16 * 1024 * 1024;

    public static int LargestSend { get; } = Largest("/proc/sys/net/ipv4/tcp_wmem");

    public static int LargestReceive { get; } = Largest("/proc/sys/net/ipv4/tcp_rmem");

    private static int Largest(string setting) => File.Exists(setting)
        ? int.Parse(File.ReadAllText(setting).Split('\t', ' ')[^1], CultureInfo.InvariantCulture)
        : Unknown;
}

using System.Globalization;

namespace ActorHttp.Sockets;

/// <summary>
/// The limit of open files of this process, sockets included, and the reserve below that limit. The reserve is not used to
/// serve clients or files. Without a free descriptor .NET cannot start a thread, and then the thread pool ends the process.
/// </summary>
internal static class OpenFiles
{
    private const string Limits = "/proc/self/limits";
    private const string Name = "Max open files";

    /// <summary>
    /// The most files that the process may have open. Null when there is no limit, or when the system does not report it.
    /// </summary>
    public static readonly long? Limit = ReadLimit();

    // The number of descriptors that are kept free. New threads and refusals need them, and so do sockets that Akka.IO has
    // accepted but the server has not seen yet.
    private static readonly long Reserve = Math.Clamp((Limit ?? 0) / 4, 64, 512);

    /// <summary>
    /// Whether this descriptor is in the reserve. The caller then closes it, or uses it for a refusal only. The system gives
    /// out the lowest free number, so the number shows how many descriptors are in use.
    /// </summary>
    public static bool IsOfReserve(long descriptor) => Limit is { } limit && descriptor >= limit - Reserve;

    /// <summary>Whether this descriptor is in the last half of the reserve, which is not used even for a refusal.</summary>
    public static bool IsOfLast(long descriptor) => Limit is { } limit && descriptor >= limit - (Reserve / 2);

    private static long? ReadLimit()
    {
        if (!File.Exists(Limits))
            return null;
        var line = Array.Find(File.ReadAllLines(Limits), line => line.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }
}

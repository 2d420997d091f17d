using System.Globalization;

namespace ActorHttp.Sockets;

/// <summary>
/// The limit of open files of this process, sockets included, and the reserve below this limit. The server does not use the
/// reserve to serve clients or files. Without a free descriptor, .NET cannot start a thread, and this failure in the thread
/// pool ends the process.
/// </summary>
internal static class OpenFiles
{
    private const string Limits = "/proc/self/limits";
    private const string Name = "Max open files";

    /// <summary>
    /// The largest number of files that the process may have open. Null when there is no limit, or when the system does not
    /// report a limit.
    /// </summary>
    public static readonly long? Limit = ReadLimit();

    // The number of descriptors in the reserve. New threads and refusals need these descriptors. Some descriptors are also
    // needed for sockets that Akka.IO has accepted, but that have not reached the server yet.
    private static readonly long Reserve = Math.Clamp((Limit ?? 0) / 4, 64, 512);

    /// <summary>
    /// Whether this descriptor is in the reserve. If true, the caller closes the descriptor, or uses it for a refusal only. The
    /// system always assigns the lowest free number, so the number shows how many descriptors are in use.
    /// </summary>
    public static bool IsOfReserve(long descriptor) => Limit is { } limit && descriptor >= limit - Reserve;

    /// <summary>Whether this descriptor is in the last half of the reserve. The last half is not used even for a refusal.</summary>
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

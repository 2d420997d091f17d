using System.Globalization;

namespace ActorHttp.Sockets;

/// <summary>
/// How many files, sockets included, this process may have open; and some that nobody takes. Without a descriptor left .NET
/// cannot start a thread, and its pool ends the process when it cannot.
/// </summary>
internal static class OpenFiles
{
    private const string Limits = "/proc/self/limits";
    private const string Name = "Max open files";

    /// <summary>The most that the system lets us have open; null where it is unlimited or does not say.</summary>
    public static readonly long? Limit = ReadLimit();

    // For threads, for sockets that Akka.IO has accepted and we have not seen yet, and for telling clients no.
    private static readonly long Reserve = Math.Clamp((Limit ?? 0) / 4, 64, 512);

    /// <summary>
    /// Whether this descriptor is one of the reserve, and to be closed again. The system gives the lowest that is free, so
    /// its number says how many are in use, without counting them.
    /// </summary>
    public static bool IsOfReserve(long descriptor) => Limit is { } limit && descriptor >= limit - Reserve;

    /// <summary>Whether so much of the reserve is in use that there is none left to tell a client no.</summary>
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

using System.Globalization;

namespace ActorHttp.Connections;

/// <summary>How many files, sockets included, the system lets this process have open.</summary>
internal static class OpenFiles
{
    private const string Limits = "/proc/self/limits";
    private const string Name = "Max open files";

    /// <summary>The number; null where it is unlimited or the system does not say.</summary>
    public static long? Limit
    {
        get
        {
            if (!File.Exists(Limits))
                return null;
            var line = Array.Find(File.ReadAllLines(Limits), line => line.StartsWith(Name, StringComparison.Ordinal));
            var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
            return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
        }
    }
}

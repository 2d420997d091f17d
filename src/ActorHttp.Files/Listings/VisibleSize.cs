using System.Globalization;

namespace ActorHttp.Files.Listings;

/// <summary>Formats sizes for display.</summary>
internal static class VisibleSize
{
    private const double Step = 1024;

    private static readonly string[] Units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Returns a number of bytes in a unit in which the number has at most four digits before the decimal point.</summary>
    public static string Of(long bytes)
    {
        if (bytes < Step)
            return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        var size = bytes / Step;
        var unit = 0;

        // Compares the rounded size: 1023.96 would be displayed as 1024.0, so the next unit is used.
        for (; unit < Units.Length - 1 && Math.Round(size, 1) >= Step; unit++)
            size /= Step;
        return string.Create(CultureInfo.InvariantCulture, $"{size:0.0} {Units[unit]}");
    }

    /// <summary>Returns the exact number of bytes.</summary>
    public static string Exact(long bytes) =>
        bytes == 1 ? "1 byte" : string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes");
}

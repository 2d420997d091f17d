using System.Globalization;

namespace ActorHttp.Files.Listings;

/// <summary>Formats sizes for people.</summary>
internal static class VisibleSize
{
    private const double Step = 1024;

    private static readonly string[] Units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>A number of bytes, in the unit that leaves at most four digits before the point.</summary>
    public static string Of(long bytes)
    {
        if (bytes < Step)
            return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        var size = bytes / Step;
        var unit = 0;

        // 1023.96 would be rounded to 1024.0, so the next unit is used.
        for (; unit < Units.Length - 1 && Math.Round(size, 1) >= Step; unit++)
            size /= Step;
        return string.Create(CultureInfo.InvariantCulture, $"{size:0.0} {Units[unit]}");
    }

    /// <summary>The exact number of bytes.</summary>
    public static string Exact(long bytes) =>
        bytes == 1 ? "1 byte" : string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes");
}

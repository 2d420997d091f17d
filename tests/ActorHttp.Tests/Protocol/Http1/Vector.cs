using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ActorHttp.Protocol.Http1;

namespace ActorHttp.Tests.Protocol.Http1;

/// <summary>One claim of Vectors/*.md; the README there explains the format.</summary>
internal sealed partial record Vector(VectorName Name, ReaderLimits Limits, byte[] Bytes, string[] Events)
{
    /// <summary>The limits of hocon/reference.conf, which 12-limits.md counts along.</summary>
    public static readonly ReaderLimits DefaultLimits = new(8 * 1024, 32 * 1024, 100, 16 * 1024, 32 * 1024);

    /// <summary>All vectors, in the order of the files.</summary>
    public static readonly IReadOnlyList<Vector> All = ReadAll();

    /// <summary>Whether it is whole requests and nothing else.</summary>
    public bool EndsBetweenMessages => Events[^1] == "end";

    public bool IsRefused => Events[^1].StartsWith("refuse ", StringComparison.Ordinal);

    private static Vector[] ReadAll() =>
    [
        .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Vectors"), "*.md")
            .Where(path => Path.GetFileName(path) != "README.md")
            .Order(StringComparer.Ordinal)
            .SelectMany(path => Read(Path.GetFileName(path), File.ReadAllLines(path))),
    ];

    private static IEnumerable<Vector> Read(string file, string[] lines)
    {
        for (var start = Array.FindIndex(lines, IsHeading); start >= 0;)
        {
            var next = Array.FindIndex(lines, start + 1, IsHeading);
            var part = lines[start..(next < 0 ? lines.Length : next)];
            Vector vector;
            try
            {
                vector = Read(new VectorName(file, part[0][3..]), part);
            }
            catch (FormatException e)
            {
                throw new FormatException($"{file}, line {start + 1}: {e.Message}", e);
            }

            yield return vector;
            start = next;
        }
    }

    private static bool IsHeading(string line) => line.StartsWith("## ", StringComparison.Ordinal);

    private static Vector Read(VectorName name, string[] lines)
    {
        if (lines.Length < 2 || !Citation().IsMatch(lines[1]))
            throw new FormatException("The line below the heading cites no law.");
        var limits = DefaultLimits;
        if (lines[2].StartsWith("limits: ", StringComparison.Ordinal))
            limits = lines[2]["limits: ".Length..].Split(' ').Aggregate(limits, WithLimit);
        var bytes = Block(lines, "bytes");
        if (bytes.FirstOrDefault(line => line != line.Trim()) is { } line)
            throw new FormatException($"'{line}': a blank at the end of a line is not seen; write \\x20.");
        var events = Block(lines, "events").SelectMany(Repeated).Select(VisibleBytes.Decode).ToArray();
        if (events.Length == 0)
            throw new FormatException("It claims nothing.");
        return new Vector(name, limits, Encoding.Latin1.GetBytes(VisibleBytes.Decode(string.Concat(bytes))), events);
    }

    private static string[] Block(string[] lines, string kind)
    {
        var start = Array.IndexOf(lines, "```" + kind) + 1;
        var end = start == 0 ? -1 : Array.IndexOf(lines, "```", start);
        return end < 0 ? throw new FormatException($"There is no block of {kind}.") : lines[start..end];
    }

    private static ReaderLimits WithLimit(ReaderLimits limits, string text)
    {
        var parts = text.Split('=');
        var value = int.Parse(parts[1], CultureInfo.InvariantCulture);
        return parts[0] switch
        {
            "request-line-size" => limits with { RequestLineSize = value },
            "field-section-size" => limits with { FieldSectionSize = value },
            "field-count" => limits with { FieldCount = value },
            "chunk-extension-size" => limits with { ChunkExtensionSize = value },
            "trailer-section-size" => limits with { TrailerSectionSize = value },
            _ => throw new FormatException($"There is no limit called {parts[0]}."),
        };
    }

    private static IEnumerable<string> Repeated(string line) => Repetition().Match(line) is { Success: true } match
        ? Enumerable.Repeat(match.Groups[1].Value, int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))
        : [line];

    [GeneratedRegex(@"^(RFC \d{4} (§|Appendix )|hocon/reference\.conf, )")]
    private static partial Regex Citation();

    [GeneratedRegex(@"^(.*) \((\d+) times\)$")]
    private static partial Regex Repetition();
}

using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// Reads a configuration file in HOCON. Akka's parser accepts almost any text and ignores the parts that it cannot parse. So with
/// a truncated file, or with one brace too many, the server would start with only some of its settings. For that reason this
/// class checks brackets and quotes before Akka parses the file.
/// </summary>
internal static class ConfigurationFile
{
    private const string Ours = "actor-http";

    /// <summary>
    /// Reads a file and the files that the file includes. The paths of included files are relative to the folder of the including
    /// file.
    /// </summary>
    /// <exception cref="ConfigurationException">
    /// A file is not valid HOCON. The message contains the path of the file and, if known, the line.
    /// </exception>
    public static Config Read(string path) => new(Parse(path, depth: 0));

    /// <summary>
    /// Returns a warning for each top-level section whose name is similar to <c>actor-http</c>, because the server ignores such a
    /// section.
    /// </summary>
    public static IEnumerable<string> NearSections(Config settings)
    {
        if (!settings.Root.IsObject())
            yield break;
        foreach (var section in settings.Root.GetObject().Items.Keys)
        {
            if (section != Ours && section != "akka" && NearMiss.Of(section, [Ours]) is not null)
                yield return $"The section {section} of the configuration is not read; {Ours} was probably meant";
        }
    }

    private static HoconRoot Parse(string path, int depth)
    {
        if (depth > 10)
            throw new ConfigurationException($"{path}: included too deeply.");
        var text = File.ReadAllText(path);
        if (Fault(text) is var (line, what))
            throw new ConfigurationException($"{path}, line {line}: {what}.");
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            return Parser.Parse(text, name => Parse(Path.Combine(folder, name), depth + 1));
        }
        catch (Exception e) when (e is FormatException or ConfigurationException)
        {
            throw new ConfigurationException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>
    /// Returns the line and a description of the first bracket or quote that has no partner; null when all have a partner.
    /// </summary>
    internal static (int Line, string What)? Fault(string text)
    {
        var open = new Stack<(char Bracket, int Line)>();
        var line = 1;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            switch (c)
            {
                case '\n':
                    line++;
                    break;
                case '#':
                case '/' when text.AsSpan(i).StartsWith("//"):
                    i = EndOf(text, "\n", i) - 1;
                    break;
                case '"':
                    var start = line;
                    var end = text.AsSpan(i).StartsWith("\"\"\"") ? EndOf(text, "\"\"\"", i + 3) + 3 : EndOfString(text, i + 1);
                    if (end > text.Length)
                        return (start, "a quote that never closes");
                    line += text.AsSpan(i, end - i).Count('\n');
                    i = end - 1;
                    break;
                case '{' or '[':
                    open.Push((c, line));
                    break;
                case '}' or ']':
                    if (!open.TryPop(out var partner) || partner.Bracket != (c == '}' ? '{' : '['))
                        return (line, $"'{c}' closes nothing");
                    break;
            }
        }

        return open.TryPop(out var last) ? (last.Line, $"'{last.Bracket}' is never closed") : null;
    }

    // Returns the position of <c>what</c> after <c>from</c>, or the end of the text when <c>what</c> is not found.
    private static int EndOf(string text, string what, int from) =>
        text.IndexOf(what, Math.Min(from, text.Length), StringComparison.Ordinal) is >= 0 and var at ? at : text.Length;

    // Returns the position after the closing quote. When the line has no closing quote, returns a position after the end of the
    // text.
    private static int EndOfString(string text, int from)
    {
        for (var i = from; i < text.Length && text[i] != '\n'; i++)
        {
            if (text[i] == '"')
                return i + 1;
            if (text[i] == '\\')
                i++;
        }

        return text.Length + 1;
    }
}

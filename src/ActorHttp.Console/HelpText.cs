using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ActorHttp.ConsoleHost;

/// <summary>Writes the help of <c>--help</c>: at most 80 columns wide, and less in a narrow terminal.</summary>
internal sealed class HelpText : SynchronousCommandLineAction
{
    private const int MostColumns = 80;
    private const int LeastColumns = 20;
    private const string Indent = "  ";

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        foreach (var line in Lines(parseResult.RootCommandResult.Command, CommandName(), Columns()))
            output.WriteLine(line);
        return 0;
    }

    /// <summary>
    /// Returns the lines of a command's help. A line is longer than <paramref name="columns"/> only when a single word is.
    /// </summary>
    internal static IEnumerable<string> Lines(Command command, string name, int columns)
    {
        var paragraphs = command.Description!.Replace("{command}", name, StringComparison.Ordinal).ReplaceLineEndings("\n").Split("\n\n");
        var usage = $"Usage: {name} [FLAGS]";
        foreach (var paragraph in paragraphs.Take(1).Append(usage).Concat(paragraphs.Skip(1)))
        {
            foreach (var line in Wrap(paragraph.Replace('\n', ' '), "", columns))
                yield return line;
            yield return "";
        }

        yield return "Flags:";
        foreach (var option in command.Options.OrderBy(option => option is HelpOption or VersionOption))
        {
            var names = string.Join(
                ", ",
                option.Aliases.Append(option.Name).Where(each => each[0] == '-').OrderBy(each => each.Length).ThenBy(
                    each => each, StringComparer.Ordinal));
            var value = option.HelpName is null ? "" : $" {option.HelpName}";
            foreach (var line in Wrap(names + value, Indent, columns).Concat(Wrap(option.Description!, Indent + Indent + Indent, columns)))
                yield return line;
        }
    }

    // Returns the command that the user can type again. `dotnet run` starts the program in the project's output folder.
    private static string CommandName()
    {
        // Only ".exe" is an extension: the name of the program has a dot in it.
        var program = Path.GetFileName(Environment.ProcessPath ?? "ActorHttp.Console");
        if (program.EndsWith(".exe", StringComparison.OrdinalIgnoreCase))
            program = program[..^4];
        if (program == "dotnet")
            return "dotnet ActorHttp.Console.dll";
        var project = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."));
        if (!File.Exists(Path.Combine(project, "ActorHttp.Console.csproj")))
            return program;

        // The library's project runs this one.
        var path = Path.GetRelativePath(Environment.CurrentDirectory, Path.Combine(project, "..", "ActorHttp"));
        return $"dotnet run --project {(path.StartsWith("..", StringComparison.Ordinal) ? "src/ActorHttp" : path)} --";
    }

    private static int Columns()
    {
        if (Console.IsOutputRedirected)
            return MostColumns;
        try
        {
            return Math.Clamp(Console.WindowWidth, LeastColumns, MostColumns);
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException)
        {
            return MostColumns;
        }
    }

    private static IEnumerable<string> Wrap(string text, string indent, int columns)
    {
        var line = indent;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > indent.Length && line.Length + 1 + word.Length > columns)
            {
                yield return line;
                line = indent;
            }

            line += line.Length > indent.Length ? $" {word}" : word;
        }

        yield return line;
    }
}

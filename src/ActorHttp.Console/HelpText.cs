using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ActorHttp.ConsoleHost;

/// <summary>Writes the text of <c>--help</c>. The text has at most 80 columns, and fewer in a narrow terminal.</summary>
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
    /// Returns the lines of the help text of a command. Only a line with a single long word can be longer than <paramref
    /// name="columns"/>.
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

    // Returns the command that the user can type to start the program. `dotnet run` starts the program from the output folder of
    // the project, so that case has its own command.
    private static string CommandName()
    {
        // Removes only ".exe". The name of the program contains a dot, so the text after the last dot is not always an extension.
        var program = Path.GetFileName(Environment.ProcessPath ?? "ActorHttp.Console");
        if (program.EndsWith(".exe", StringComparison.OrdinalIgnoreCase))
            program = program[..^4];
        if (program == "dotnet")
            return "dotnet ActorHttp.Console.dll";
        var project = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."));
        if (!File.Exists(Path.Combine(project, "ActorHttp.Console.csproj")))
            return program;

        // `dotnet run` with the project of the library (src/ActorHttp) starts this console program.
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

using System.Runtime.InteropServices;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// stdout and stderr of the process. One that is closed, full or broken never ends the server: what cannot be written is lost,
/// and for stdout stderr says so once.
/// </summary>
internal sealed class StandardStreams
{
    private const int Stdout = 1;
    private const int Stderr = 2;

    // fcntl(2) and its flag, on Linux and macOS alike.
    private const int GetFlags = 1;
    private const int CloseOnExec = 1;

    private readonly Lock _lock = new();
    private bool _hasSaidThatStdoutIsLost;

    private StandardStreams(TextWriter output, TextWriter error)
    {
        Output = output;
        Error = error;
    }

    /// <summary>stdout itself, for what ends the process when it is written: it may throw.</summary>
    public TextWriter Output { get; }

    private TextWriter Error { get; }

    /// <summary>
    /// Opens both. They are opened first of all, because each takes a descriptor, and there may be none when there is something
    /// to say. From then on Console.Out goes nowhere: stdout carries our lines only, and libraries write to the console too.
    /// </summary>
    public static StandardStreams Open()
    {
        var error = Open(Stderr, () => Console.Error) ?? TextWriter.Null;
        Console.SetError(error);
        var output = Open(Stdout, () => Console.Out) ?? new LostWriter();
        Console.SetOut(TextWriter.Null);
        return new StandardStreams(output, error);
    }

    /// <summary>Writes a line to stdout.</summary>
    public void Say(string line)
    {
        try
        {
            Output.WriteLine(line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            lock (_lock)
            {
                if (_hasSaidThatStdoutIsLost)
                    return;
                _hasSaidThatStdoutIsLost = true;
            }

            Complain($"Cannot write to stdout ({e.Message.TrimEnd('.')}); the server runs without it. It would have said: {line}");
        }
    }

    /// <summary>Writes a line to stderr.</summary>
    public void Complain(string line)
    {
        try
        {
            Error.WriteLine(line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // There is no place left to say it.
        }
    }

    private static TextWriter? Open(int descriptor, Func<TextWriter> open)
    {
        try
        {
            return IsInherited(descriptor) ? open() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Where the parent has closed a standard stream, its number goes to the first file that the runtime opens, and a line
    // would be written into that. The runtime's own files are closed at exec; those of the parent cannot be.
    private static bool IsInherited(int descriptor) =>
        OperatingSystem.IsWindows() || (Control(descriptor, GetFlags) is var flags and >= 0 && (flags & CloseOnExec) == 0);

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, int command);

    /// <summary>Stands for a stdout that is closed.</summary>
    private sealed class LostWriter : TextWriter
    {
        public override System.Text.Encoding Encoding => System.Text.Encoding.UTF8;

        public override void Write(char value) => throw new IOException("it is closed");
    }
}

using System.Runtime.InteropServices;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// stdout and stderr of the process. A stream that is closed, full or broken never ends the server: a line that cannot be written is
/// lost. For stdout, stderr reports it once.
/// </summary>
internal sealed class StandardStreams
{
    private const int Stdout = 1;
    private const int Stderr = 2;

    // fcntl(2) and its flag. Linux and macOS have the same numbers.
    private const int GetFlags = 1;
    private const int CloseOnExec = 1;

    private readonly Lock _lock = new();
    private bool _hasSaidThatStdoutIsLost;

    private StandardStreams(TextWriter output, TextWriter error)
    {
        Output = output;
        Error = error;
    }

    /// <summary>stdout itself, for output after which the process ends, such as the help. Writing may throw.</summary>
    public TextWriter Output { get; }

    private TextWriter Error { get; }

    /// <summary>
    /// Opens both streams. The host does this first, because each stream takes a descriptor, and later there may be none left for an
    /// error line. From then on Console.Out discards everything: stdout carries the lines of the host only, and libraries write to the
    /// console, too.
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
            // There is no stream left to report it on.
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

    // When the parent process has closed a standard stream, the first file that the runtime opens gets its number, and a line would be
    // written into that file. The runtime's own files have the flag close-on-exec; streams that come from the parent cannot have it.
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

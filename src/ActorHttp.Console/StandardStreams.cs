using System.Runtime.InteropServices;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// The streams stdout and stderr of the process. A stream that is closed, full or broken never stops the server; the line that
/// cannot be written is lost. The first lost line of stdout is reported on stderr.
/// </summary>
internal sealed class StandardStreams
{
    private const int Stdout = 1;
    private const int Stderr = 2;

    // The command F_GETFD of fcntl(2) and the flag FD_CLOEXEC. Linux and macOS use the same numbers.
    private const int GetFlags = 1;
    private const int CloseOnExec = 1;

    private readonly Lock _lock = new();
    private bool _hasSaidThatStdoutIsLost;

    private StandardStreams(TextWriter output, TextWriter error)
    {
        Output = output;
        Error = error;
    }

    /// <summary>The writer of stdout, for output before the process exits, such as the help text. Writing may throw.</summary>
    public TextWriter Output { get; }

    private TextWriter Error { get; }

    /// <summary>
    /// Opens both streams. The host calls this method first, because each stream needs a descriptor, and later the process may
    /// have no descriptor for an error message. After this method Console.Out discards all text, because libraries write to
    /// Console.Out too, and stdout must contain only the lines of the host.
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
            // The line is lost: no other stream is available to report the failure.
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

    // Whether the parent process has passed this stream to this process. If the parent has closed the stream, the first file that
    // the runtime opens gets the number of the descriptor. A line for the stream would then be written into that file. The files
    // of the runtime have the flag close-on-exec, and inherited streams never have this flag.
    private static bool IsInherited(int descriptor) =>
        OperatingSystem.IsWindows() || (Control(descriptor, GetFlags) is var flags and >= 0 && (flags & CloseOnExec) == 0);

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, int command);

    /// <summary>The writer that replaces a closed stdout.</summary>
    private sealed class LostWriter : TextWriter
    {
        public override System.Text.Encoding Encoding => System.Text.Encoding.UTF8;

        public override void Write(char value) => throw new IOException("it is closed");
    }
}

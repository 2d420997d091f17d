using System.Globalization;
using System.Net.Sockets;

namespace ActorHttp.ConsoleHost;

/// <summary>The sockets of this process when it does not wait for those who serve them.</summary>
internal static class OpenSockets
{
    // Linux and macOS; elsewhere a process that ends resets its connections anyway.
    private const string Descriptors = "/dev/fd";

    /// <summary>
    /// Has each of them reset when the process ends. By itself the system says goodbye for it, and an answer that its client
    /// reads to the end of the connection would look whole.
    /// </summary>
    public static void ResetAtTheEnd()
    {
        try
        {
            if (!Directory.Exists(Descriptors))
                return;
            foreach (var name in Directory.EnumerateFileSystemEntries(Descriptors).Select(Path.GetFileName))
            {
                if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor))
                    ResetAtTheEnd(descriptor);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There is no descriptor left to look with, and no time to wait for one.
        }
    }

    private static void ResetAtTheEnd(int descriptor)
    {
        try
        {
            // Neither is disposed: it is another's.
            _ = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false)) { LingerState = new LingerOption(true, 0) };
        }
        catch (SocketException)
        {
            // It is no socket, or one that is closed already.
        }
    }
}

using System.Globalization;
using System.Net.Sockets;

namespace ActorHttp.ConsoleHost;

/// <summary>The open sockets of a process that ends at once.</summary>
internal static class OpenSockets
{
    // On Linux and macOS. On Windows the connections of a process that ends are reset anyway.
    private const string Descriptors = "/dev/fd";

    /// <summary>
    /// Makes the system reset each socket when the process ends. By default the system sends FIN, and a client that reads an answer to the
    /// end of the connection would take a truncated answer for a complete one.
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
            // The process has used all its descriptors, so it cannot open this folder.
        }
    }

    private static void ResetAtTheEnd(int descriptor)
    {
        try
        {
            // Disposes neither the handle nor the socket, because the descriptor belongs to a connection.
            _ = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false)) { LingerState = new LingerOption(true, 0) };
        }
        catch (SocketException)
        {
            // The descriptor is no socket, or it is closed already.
        }
    }
}

using System.Globalization;
using System.Net.Sockets;

namespace ActorHttp.ConsoleHost;

/// <summary>Finds the open sockets of this process, so that the system resets their connections when the process exits at once.</summary>
internal static class OpenSockets
{
    // The folder of the open descriptors on Linux and macOS. Windows has no such folder, but always resets the connections of a
    // process that exits.
    private const string Descriptors = "/dev/fd";

    /// <summary>
    /// Makes the system reset each connection when the process exits. By default the system sends FIN. Some answers end when the
    /// connection ends, and after a FIN a client would accept a truncated answer as complete.
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
            // The process has no free descriptor, so it cannot open the folder of the descriptors.
        }
    }

    private static void ResetAtTheEnd(int descriptor)
    {
        try
        {
            // The handle and the socket object must not be disposed, because the descriptor belongs to a connection.
            _ = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false)) { LingerState = new LingerOption(true, 0) };
        }
        catch (SocketException)
        {
            // The descriptor is not a socket, or is already closed.
        }
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace ActorHttp.Files.Storage;

/// <summary>Checks the folder of the file server when the server starts.</summary>
internal static class ServedFolder
{
    // The mode W_OK | X_OK of access(2), with the same value on Linux and macOS.
    private const int MayWriteAndEnter = 2 | 1;
    private const int ReadOnlyFileSystem = 30;

    /// <summary>Returns the reason why the folder cannot be served, in one line; null when the folder can be served.</summary>
    /// <param name="directory">The path of the folder.</param>
    /// <param name="name">The flag, the variable or the key that sets the folder, for the message.</param>
    public static string? Fault(string directory, string name)
    {
        try
        {
            if (Directory.Exists(directory))
            {
                _ = Directory.EnumerateFileSystemEntries(directory).Any();
                return null;
            }

            // GetAttributes throws when the process may not enter a parent folder. In that case the process cannot find out
            // whether the folder exists.
            _ = File.GetAttributes(directory);
            var isLinkToNothing = new FileInfo(directory).LinkTarget is not null
                && File.ResolveLinkTarget(directory, true) is not { Exists: true };
            return isLinkToNothing
                ? $"The directory {directory} is a link to a place that does not exist."
                : $"{directory} is a file; {name} wants a folder.";
        }
        catch (UnauthorizedAccessException)
        {
            return $"The directory {directory} may not be read by this process: permission denied.";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"The directory {directory} does not exist.";
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            return $"The directory {directory} cannot be used: {e.Message.ReplaceLineEndings(" ")}";
        }
    }

    /// <summary>Returns the reason why this process cannot store files in the folder; null when it can store files there.</summary>
    public static string? WhyReadOnly(string directory)
    {
        if (OperatingSystem.IsWindows() || Access(Encoding.UTF8.GetBytes(directory + '\0'), MayWriteAndEnter) == 0)
            return null;
        return Marshal.GetLastPInvokeError() == ReadOnlyFileSystem ? "the file system is read-only" : "this process may not write there";
    }

    [DllImport("libc", EntryPoint = "access", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Access(byte[] path, int mode);
}

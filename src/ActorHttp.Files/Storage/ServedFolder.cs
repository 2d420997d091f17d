using System.Runtime.InteropServices;
using System.Text;

namespace ActorHttp.Files.Storage;

/// <summary>Checks the folder behind /files before it is served.</summary>
internal static class ServedFolder
{
    // access(2), on Linux and macOS alike.
    private const int MayWriteAndEnter = 2 | 1;
    private const int ReadOnlyFileSystem = 30;

    /// <summary>Why the folder cannot be served, in one line; null when it can.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="name">The flag, the variable or the key that names the folder, for the message.</param>
    public static string? Fault(string directory, string name)
    {
        try
        {
            if (Directory.Exists(directory))
            {
                _ = Directory.EnumerateFileSystemEntries(directory).Any();
                return null;
            }

            // Throws where a folder on the way may not be entered, because then it is unknown whether the folder exists.
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

    /// <summary>Why this process cannot store files in the folder; null when it can.</summary>
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

using System.Runtime.InteropServices;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// Checks at the start whether the process may open enough descriptors. The check uses only the core library, because each other
/// assembly needs a descriptor, and the class Console needs three.
/// </summary>
internal static class DescriptorCheck
{
    /// <summary>
    /// The smallest limit of descriptors with which the server works. A running server has about 170 open descriptors, including
    /// those of its assemblies, and keeps 64 in reserve. The rest is for clients and files.
    /// </summary>
    public const int Least = 256;

    private const int Stderr = 2;

    // RLIMIT_NOFILE on Linux. Other systems use other numbers, and the check does nothing there.
    private const int OpenFilesResource = 7;

    /// <summary>Returns true when the limit is too small, and writes one line to stderr in that case.</summary>
    public static bool SaysTooFew()
    {
        // The layout of struct rlimit: two 64-bit numbers, the soft limit first.
        var limits = new long[2];
        if (!OperatingSystem.IsLinux() || IntPtr.Size != 8 || GetLimit(OpenFilesResource, limits) != 0 || (ulong)limits[0] >= Least)
            return false;
        var text = string.Concat("ActorHttp cannot start: this process may have ", limits[0].ToString(), " files open, and needs ")
            + string.Concat(Least.ToString(), " at least (ulimit -n ", Least.ToString(), ").\n");
        var bytes = new byte[text.Length];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)text[i];
        _ = Write(Stderr, bytes, bytes.Length);
        return true;
    }

    [DllImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLimit(int resource, [Out] long[] limits);

    [DllImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(int descriptor, byte[] bytes, nint count);
}

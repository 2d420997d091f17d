using System.Runtime.InteropServices;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// Refuses to start when the process may open too few files. It uses the core library only: each further assembly takes a descriptor, and
/// the console takes three.
/// </summary>
internal static class DescriptorCheck
{
    /// <summary>
    /// The smallest limit of descriptors with which the server runs. A server that answers has some 170 descriptors open, those of its
    /// assemblies included, and keeps 64 in reserve. The rest is for clients and files.
    /// </summary>
    public const int Least = 256;

    private const int Stderr = 2;

    // The number on Linux. Other systems have other numbers, and there is no check on them.
    private const int OpenFilesResource = 7;

    /// <summary>Whether there are too few descriptors. In that case it has written one line to stderr.</summary>
    public static bool SaysTooFew()
    {
        // Two numbers of 64 bits, the soft limit first.
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

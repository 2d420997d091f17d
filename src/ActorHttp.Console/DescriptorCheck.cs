using System.Runtime.InteropServices;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// Refuses to start where the process may open too few files. It needs nothing but the core library: each further assembly
/// takes a descriptor, and the console takes three.
/// </summary>
internal static class DescriptorCheck
{
    /// <summary>
    /// The least that the server runs with. A server that answers has some 170 descriptors open, its assemblies included, and
    /// keeps 64 in reserve; what is left is for clients and files.
    /// </summary>
    public const int Least = 256;

    private const int Stderr = 2;

    // On Linux; elsewhere the number differs, and nobody checks.
    private const int OpenFilesResource = 7;

    /// <summary>Whether there are too few; then one line on stderr has said so.</summary>
    public static bool SaysTooFew()
    {
        // 64 bits each, the soft limit first.
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

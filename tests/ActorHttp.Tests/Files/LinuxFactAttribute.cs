namespace ActorHttp.Tests.Files;

/// <summary>A test that needs one of Linux's special files.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "This needs Linux.";
    }
}

/// <summary>The same with cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "This needs Linux.";
    }
}

/// <summary>A test that needs modes and owners of files, which Windows does not have.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (OperatingSystem.IsWindows())
            Skip = "This needs a Unix.";
    }
}

/// <summary>The same with cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnixTheoryAttribute : TheoryAttribute
{
    public UnixTheoryAttribute()
    {
        if (OperatingSystem.IsWindows())
            Skip = "This needs a Unix.";
    }
}

/// <summary>A test that gives files to other users.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            Skip = "This needs root on Linux.";
    }
}

/// <summary>A test of permissions, which do not bind root.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NotRootFactAttribute : FactAttribute
{
    public NotRootFactAttribute()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
            Skip = "Permissions bind users of a Unix who are not root.";
    }
}

/// <summary>A test that asks the kernel for what it has in memory (preadv2 with RWF_NOWAIT).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CachedReadFactAttribute : FactAttribute
{
    public CachedReadFactAttribute()
    {
        if (!ActorHttp.Files.Storage.LibC.IsUsable)
            Skip = "This needs 64-bit Linux with statx.";
    }
}

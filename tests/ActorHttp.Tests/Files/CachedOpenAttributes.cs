using ActorHttp.Files.Storage;

namespace ActorHttp.Tests.Files;

/// <summary>A test that needs a kernel which can open what is in its memory, and nothing else (Linux 5.12).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CachedOpenFactAttribute : FactAttribute
{
    public const string Reason = "This needs RESOLVE_CACHED (Linux 5.12).";

    public CachedOpenFactAttribute()
    {
        if (!LibC.HasCachedOpen)
            Skip = Reason;
    }
}

/// <summary>The same with cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CachedOpenTheoryAttribute : TheoryAttribute
{
    public CachedOpenTheoryAttribute()
    {
        if (!LibC.HasCachedOpen)
            Skip = CachedOpenFactAttribute.Reason;
    }
}

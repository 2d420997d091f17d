namespace ActorHttp.Tests.Browser;

/// <summary>A test that looks at a page with Chromium; skipped where there is none. The variable CHROMIUM can name one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    /// <summary>The program; null when there is none.</summary>
    public static readonly string? Chromium =
        new[] { Environment.GetEnvironmentVariable("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    public BrowserFactAttribute()
    {
        if (Chromium is null)
            Skip = "This needs Chromium or Chrome; CHROMIUM can say where it is.";
    }
}

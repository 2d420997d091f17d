namespace ActorHttp.Tests;

/// <summary>Waits for what somebody else brings about, where nothing says when: looks again until a deadline.</summary>
internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static Task TrueAsync(Func<bool> claim, string what) => TrueAsync(() => Task.FromResult(claim()), what);

    public static async Task TrueAsync(Func<Task<bool>> claim, string what)
    {
        using var deadline = new CancellationTokenSource(Patience);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!await claim())
        {
            if (deadline.IsCancellationRequested)
                Assert.Fail($"It did not happen: {what}.");
            await again.WaitForNextTickAsync();
        }
    }
    /// <summary>Waits for a value that is not null.</summary>
    public static async Task<T> ValueAsync<T>(Func<T?> value, string what)
        where T : class
    {
        T? found = null;
        await TrueAsync(() => (found = value()) is not null, what);
        return found!;
    }
}

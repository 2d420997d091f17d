using System.Diagnostics;

namespace ActorHttp;

/// <summary>
/// States conditions that must be true at a place in the code. Debug builds, which the tests use, check them. Release builds
/// contain no call.
/// </summary>
internal static class Invariant
{
    /// <summary>Throws when the condition is false: the server's own code then has a mistake.</summary>
    /// <exception cref="InvalidOperationException">The condition is false.</exception>
    [Conditional("DEBUG")]
    public static void Holds(bool condition, string claim)
    {
        if (!condition)
            throw new InvalidOperationException($"Broken invariant: {claim}");
    }
}

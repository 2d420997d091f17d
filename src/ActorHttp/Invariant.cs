using System.Diagnostics;

namespace ActorHttp;

/// <summary>
/// States what must be true at a place. Debug builds check it, the tests' among them; release builds contain no call.
/// </summary>
internal static class Invariant
{
    /// <summary>Throws when the claim does not hold: the server's own code has a mistake.</summary>
    /// <exception cref="InvalidOperationException">The claim does not hold.</exception>
    [Conditional("DEBUG")]
    public static void Holds(bool condition, string claim)
    {
        if (!condition)
            throw new InvalidOperationException($"Broken invariant: {claim}");
    }
}

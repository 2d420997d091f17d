namespace ActorHttp.Uris;

/// <summary>
/// Creates relative references, which a client resolves against the target of its request (RFC 3986 §5, RFC 9110 §10.2.2). These
/// references contain only the last segment of the path. So a reference stays correct behind a proxy that adds or removes a
/// prefix of the path.
/// </summary>
public static class RelativeReference
{
    /// <summary>Returns a reference to a name in the same folder as the target. The name is percent-encoded.</summary>
    public static string ToName(string name) =>
        // Adds "./" before a name with a colon. Otherwise a client would parse the text before the colon as a scheme (RFC 3986
        // §4.2).
        name.Contains(':', StringComparison.Ordinal) ? "./" + name : name;

    /// <summary>Returns a reference to the target itself, without its query: the last segment of its path.</summary>
    public static string ToItself(string path) => ToName(path[(path.LastIndexOf('/') + 1)..]);
}

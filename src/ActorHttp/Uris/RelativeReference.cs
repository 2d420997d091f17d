namespace ActorHttp.Uris;

/// <summary>
/// Creates relative references, which a client resolves against the target of its request (RFC 3986 §5, RFC 9110 §10.2.2). Such a
/// reference contains no path of the server, so it stays correct behind a proxy that adds or removes a prefix of the path.
/// </summary>
public static class RelativeReference
{
    /// <summary>Returns a reference to a name in the same folder as the target. The name is percent-encoded.</summary>
    public static string ToName(string name) =>
        // RFC 3986 §4.2: with a colon in the first segment, the text before the colon would be a scheme.
        name.Contains(':', StringComparison.Ordinal) ? "./" + name : name;

    /// <summary>Returns a reference to the target itself, without its query: the last segment of its path.</summary>
    public static string ToItself(string path) => ToName(path[(path.LastIndexOf('/') + 1)..]);
}

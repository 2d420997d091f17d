namespace ActorHttp.Uris;

/// <summary>
/// References that a client resolves against the target of its request (RFC 3986 §5, RFC 9110 §10.2.2). They stay right behind
/// a proxy that puts a prefix before our paths or takes one away, because no path of ours is in them.
/// </summary>
internal static class RelativeReference
{
    /// <summary>A reference to a name beside the target, which is percent-encoded already.</summary>
    public static string ToName(string name) =>
        // RFC 3986 §4.2: a colon in the first segment would make a scheme of what is before it.
        name.Contains(':', StringComparison.Ordinal) ? "./" + name : name;

    /// <summary>A reference to the target itself, without its query: the last segment of its path.</summary>
    public static string ToItself(string path) => ToName(path[(path.LastIndexOf('/') + 1)..]);
}

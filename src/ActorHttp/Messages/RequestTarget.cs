namespace ActorHttp.Messages;

/// <summary>The four forms of a request target (RFC 9112 §3.2). The authority form belongs to CONNECT, which is refused.</summary>
public enum TargetForm
{
    /// <summary><c>/path?query</c></summary>
    Origin,

    /// <summary><c>http://host/path?query</c></summary>
    Absolute,

    /// <summary><c>*</c>, with OPTIONS only.</summary>
    Asterisk,
}

/// <summary>What a request asks for (RFC 9112 §3.2), checked but not decoded.</summary>
/// <param name="Form">Which of the forms the client used.</param>
/// <param name="Path">The path, percent-encoded as it was sent; it starts with a slash, or is <c>*</c>.</param>
/// <param name="Query">What follows the first question mark, still encoded; null when there is none.</param>
public sealed record RequestTarget(TargetForm Form, string Path, string? Query)
{
    /// <summary>The target of <c>OPTIONS *</c>.</summary>
    public static readonly RequestTarget Asterisk = new(TargetForm.Asterisk, "*", null);

    /// <summary>Path and query as one string, as in the origin form.</summary>
    public override string ToString() => Query is null ? Path : $"{Path}?{Query}";
}

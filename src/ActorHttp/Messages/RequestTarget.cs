namespace ActorHttp.Messages;

/// <summary>
/// The forms of a request target (RFC 9112 §3.2). The fourth form, the authority form, is missing: only CONNECT requests have
/// this form, and the server refuses CONNECT.
/// </summary>
public enum TargetForm
{
    /// <summary>The form <c>/path?query</c>.</summary>
    Origin,

    /// <summary>The form <c>http://host/path?query</c>.</summary>
    Absolute,

    /// <summary>The form <c>*</c>, which only OPTIONS may use.</summary>
    Asterisk,
}

/// <summary>The target of a request (RFC 9112 §3.2), checked but not decoded.</summary>
/// <param name="Form">The form of the target.</param>
/// <param name="Path">A path that starts with a slash, percent-encoded as the client sent it; or <c>*</c>.</param>
/// <param name="Query">The text after the first question mark, still encoded; null without a question mark.</param>
public sealed record RequestTarget(TargetForm Form, string Path, string? Query)
{
    /// <summary>The target of <c>OPTIONS *</c>.</summary>
    public static readonly RequestTarget Asterisk = new(TargetForm.Asterisk, "*", null);

    /// <summary>Returns path and query as one string, as in the origin form.</summary>
    public override string ToString() => Query is null ? Path : $"{Path}?{Query}";
}

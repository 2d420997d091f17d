namespace ActorHttp.Messages;

/// <summary>A request method (RFC 9110 §9), which is a case-sensitive token.</summary>
/// <param name="Name">The token as the client sent it.</param>
public readonly record struct RequestMethod(string Name)
{
    /// <summary>The method GET (RFC 9110 §9.3.1).</summary>
    public static readonly RequestMethod Get = new("GET");

    /// <summary>The method HEAD (RFC 9110 §9.3.2).</summary>
    public static readonly RequestMethod Head = new("HEAD");

    /// <summary>The method POST (RFC 9110 §9.3.3).</summary>
    public static readonly RequestMethod Post = new("POST");

    /// <summary>The method PUT (RFC 9110 §9.3.4).</summary>
    public static readonly RequestMethod Put = new("PUT");

    /// <summary>The method DELETE (RFC 9110 §9.3.5).</summary>
    public static readonly RequestMethod Delete = new("DELETE");

    /// <summary>
    /// The method CONNECT (RFC 9110 §9.3.6). The server refuses this method, because the server is not a proxy.
    /// </summary>
    public static readonly RequestMethod Connect = new("CONNECT");

    /// <summary>The method OPTIONS (RFC 9110 §9.3.7).</summary>
    public static readonly RequestMethod Options = new("OPTIONS");

    /// <summary>The method TRACE (RFC 9110 §9.3.8).</summary>
    public static readonly RequestMethod Trace = new("TRACE");

    /// <summary>The method PATCH (RFC 5789).</summary>
    public static readonly RequestMethod Patch = new("PATCH");

    /// <summary>
    /// Whether the method is safe, that is read-only (RFC 9110 §9.2.1). Safe requests of one connection may run in parallel.
    /// </summary>
    public bool IsSafe => Name is "GET" or "HEAD" or "OPTIONS" or "TRACE";

    /// <summary>
    /// Whether RFC 9110 or RFC 5789 defines the method. The router answers 405 for a standard method that the path does not serve.
    /// The router answers 501 for a method that is not standard and that no route serves.
    /// </summary>
    public bool IsStandard => IsSafe || Name is "POST" or "PUT" or "DELETE" or "PATCH" or "CONNECT";

    /// <inheritdoc/>
    public override string ToString() => Name;

    // Returns one of the nine methods above without an allocation, or a method with a new string.
    internal static RequestMethod FromToken(ReadOnlySpan<byte> token) => token.Length switch
    {
        3 when token.SequenceEqual("GET"u8) => Get,
        3 when token.SequenceEqual("PUT"u8) => Put,
        4 when token.SequenceEqual("POST"u8) => Post,
        4 when token.SequenceEqual("HEAD"u8) => Head,
        5 when token.SequenceEqual("PATCH"u8) => Patch,
        5 when token.SequenceEqual("TRACE"u8) => Trace,
        6 when token.SequenceEqual("DELETE"u8) => Delete,
        7 when token.SequenceEqual("OPTIONS"u8) => Options,
        7 when token.SequenceEqual("CONNECT"u8) => Connect,
        _ => new RequestMethod(System.Text.Encoding.ASCII.GetString(token)),
    };
}

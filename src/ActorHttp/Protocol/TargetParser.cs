using System.Buffers;
using System.Text;
using ActorHttp.Messages;
using ActorHttp.Uris;

namespace ActorHttp.Protocol;

/// <summary>Parses the request target (RFC 9112 §3.2).</summary>
internal static class TargetParser
{
    // The characters of a path in RFC 3986 §3.3: unreserved, pct-encoded, sub-delims, ":" and "@", and the slash between segments.
    private const string Uri = "-._~!$&'()*+,;=:@/%0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // Characters that RFC 3986 forbids but browsers and curl send unencoded. The parser accepts these characters, because none of
    // them is a delimiter in a target.
    private const string Forgiven = "[]{}|^";

    private static readonly SearchValues<byte> PathBytes = SearchValues.Create(Encoding.ASCII.GetBytes(Uri + Forgiven));

    // The characters of a query. Browsers encode neither the backtick nor the backslash in a query (WHATWG URL, query
    // percent-encode set), so the parser accepts both characters in a query. The parser refuses both characters in a path. Some
    // programs treat a backslash as a slash, and other programs treat a backslash as a part of a file name.
    private static readonly SearchValues<byte> QueryBytes = SearchValues.Create(Encoding.ASCII.GetBytes(Uri + Forgiven + "?`\\"));

    /// <summary>
    /// Parses a target. <paramref name="authority"/> is the host and port of an absolute form, which replace the Host field (RFC 9112
    /// §3.2.2); null for the other forms.
    /// </summary>
    public static Rejection Parse(RequestMethod method, ReadOnlySpan<byte> text, out RequestTarget? target, out string? authority)
    {
        target = null;
        authority = null;

        if (text.Contains((byte)'#'))
            return Rejection.FragmentInTarget;
        var mark = text.IndexOf((byte)'?');
        if (text.IsEmpty
            || (mark < 0 ? text : text[..mark]).ContainsAnyExcept(PathBytes)
            || (mark >= 0 && text[(mark + 1)..].ContainsAnyExcept(QueryBytes)))
        {
            return Rejection.MalformedTarget;
        }

        if (method == RequestMethod.Connect)
            return Rejection.ConnectNotServed;
        if (!PercentEncoding.IsValid(text))
            return Rejection.MalformedPercentEncoding;
        if (text[0] == '/')
        {
            target = FromPathAndQuery(TargetForm.Origin, text);
            return Rejection.None;
        }

        if (text.SequenceEqual("*"u8))
        {
            target = RequestTarget.Asterisk;
            return method == RequestMethod.Options ? Rejection.None : Rejection.AsteriskNeedsOptions;
        }

        return ParseAbsolute(method, text, out target, out authority);
    }

    private static Rejection ParseAbsolute(RequestMethod method, ReadOnlySpan<byte> text, out RequestTarget? target, out string? authority)
    {
        target = null;
        authority = null;
        int scheme;
        if (text.Length > 7 && Ascii.EqualsIgnoreCase(text[..7], "http://"u8))
            scheme = 7;
        else if (text.Length > 8 && Ascii.EqualsIgnoreCase(text[..8], "https://"u8))
            scheme = 8;
        else
            return Rejection.MalformedTarget;
        var rest = text[scheme..];
        var end = rest.IndexOfAny((byte)'/', (byte)'?');
        var host = end < 0 ? rest : rest[..end];
        if (!HostSyntax.IsHostAndPort(host))
            return Rejection.MalformedAuthority;

        // RFC 9110 §7.4: a request for https on a connection without TLS is misdirected.
        if (scheme == 8)
            return Rejection.MisdirectedScheme;
        authority = Encoding.ASCII.GetString(host);
        var path = end < 0 ? default : rest[end..];

        // RFC 9112 §3.2.4: a proxy turns "OPTIONS *" into an absolute form without path and query. The parser restores the "*".
        if (path.IsEmpty)
            target = method == RequestMethod.Options ? RequestTarget.Asterisk : new RequestTarget(TargetForm.Absolute, "/", null);
        else if (path[0] == '?')
            target = new RequestTarget(TargetForm.Absolute, "/", Encoding.ASCII.GetString(path[1..]));
        else
            target = FromPathAndQuery(TargetForm.Absolute, path);
        return Rejection.None;
    }

    private static RequestTarget FromPathAndQuery(TargetForm form, ReadOnlySpan<byte> text)
    {
        var mark = text.IndexOf((byte)'?');
        return mark < 0
            ? new RequestTarget(form, Encoding.ASCII.GetString(text), null)
            : new RequestTarget(form, Encoding.ASCII.GetString(text[..mark]), Encoding.ASCII.GetString(text[(mark + 1)..]));
    }
}

using System.Text;
using ActorHttp.Messages;

namespace ActorHttp.Protocol;

/// <summary>The request target (RFC 9112 §3.2).</summary>
internal static class TargetParser
{
    /// <summary>
    /// Reads a target. <paramref name="authority"/> is that of an absolute form, and replaces Host (RFC 9112 §3.2.2).
    /// </summary>
    public static Rejection Parse(RequestMethod method, ReadOnlySpan<byte> text, out RequestTarget? target, out string? authority)
    {
        target = null;
        authority = null;

        // Visible ASCII only. We let pass the few characters that RFC 3986 does not allow but browsers send raw in
        // queries ([ ] { } | ^ ` \ " < >): they break nothing here, and the file room has its own word on backslashes.
        if (text.IsEmpty || text.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E))
            return Rejection.MalformedTarget;
        if (text.Contains((byte)'#'))
            return Rejection.FragmentInTarget;
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
        authority = Encoding.ASCII.GetString(host);
        var path = end < 0 ? default : rest[end..];

        // RFC 9112 §3.2.4: OPTIONS of an absolute form without path and query is what a proxy makes of "*".
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

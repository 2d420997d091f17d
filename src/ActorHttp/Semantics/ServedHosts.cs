using System.Buffers;
using System.Net;

namespace ActorHttp.Semantics;

/// <summary>
/// The hosts that the server serves (<c>actor-http.hosts</c>). The check protects against DNS rebinding. In this attack, the name
/// of another site resolves to the address of this server. The browser then treats the pages of that site and this server as one
/// origin, so the pages can read answers of this server. Only the Host field reveals the attack, because the browser sends the
/// name of the other site in this field.
/// </summary>
/// <remarks>
/// The attack needs a host name that the attacker can make resolve to another address. <c>localhost</c>, names that end in
/// <c>.localhost</c> (RFC 6761 §6.3) and IP addresses cannot be used for the attack. So the server always serves these hosts.
/// </remarks>
internal sealed class ServedHosts
{
    private const string Local = "localhost";

    // The characters of host names, and the underscore, which is not valid in host names but occurs in names of containers.
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        "-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>The instance that serves every host.</summary>
    public static readonly ServedHosts All = new([]);

    private readonly bool _servesAll;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _names;

    // The suffixes of the patterns such as *.example.org. Each suffix starts with its dot.
    private readonly string[] _suffixes;

    /// <param name="patterns">
    /// Names, <c>*.example.org</c> for all names below a domain, and <c>*</c> for every host. An empty collection also means every
    /// host.
    /// </param>
    public ServedHosts(IReadOnlyCollection<string> patterns)
    {
        _servesAll = patterns.Count == 0 || patterns.Contains("*");
        _suffixes = [.. patterns.Where(pattern => pattern.StartsWith("*.", StringComparison.Ordinal)).Select(pattern => pattern[1..])];
        _names = new HashSet<string>(patterns, StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>
    /// Whether the text is valid in the setting: a name, an IP address (with or without brackets), <c>*.name</c> or <c>*</c>.
    /// </summary>
    public static bool IsPattern(string text)
    {
        var name = text.StartsWith("*.", StringComparison.Ordinal) ? text.AsSpan(2) : text;
        return text == "*" || (!name.IsEmpty && !name.ContainsAnyExcept(NameCharacters)) || IPAddress.TryParse(text, out _);
    }

    /// <summary>
    /// Whether the server serves requests with this Host field. The server also serves HTTP/1.0 requests without the field. Every
    /// browser sends the field, so a request without the field cannot be part of the attack.
    /// </summary>
    /// <param name="host">
    /// The field's value, a host with an optional port, whose syntax has been checked; null when the field is absent.
    /// </param>
    public bool Serve(string? host)
    {
        if (_servesAll || host is null)
            return true;
        if (host.StartsWith('['))
            return true;
        var name = host.AsSpan(0, host.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0 ? colon : host.Length);

        // "localhost." is the fully qualified form of the same name.
        if (name.EndsWith('.'))
            name = name[..^1];
        return name.Equals(Local, StringComparison.OrdinalIgnoreCase)
            || IsBelow(name, "." + Local)
            || IsIpv4(name)
            || _names.Contains(name)
            || IsBelowAny(name);
    }

    private bool IsBelowAny(ReadOnlySpan<char> name)
    {
        foreach (var suffix in _suffixes)
        {
            if (IsBelow(name, suffix))
                return true;
        }

        return false;
    }

    private static bool IsBelow(ReadOnlySpan<char> name, string suffix) =>
        name.Length > suffix.Length
        && name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
        && name[0] != '.'
        && !name.Contains("..", StringComparison.Ordinal);

    // Whether the name is four decimal numbers. IPAddress.TryParse also accepts "1" and "0x7f.1", which other programs treat as names.
    private static bool IsIpv4(ReadOnlySpan<char> name) =>
        name.Count('.') == 3 && !name.ContainsAnyExcept("0123456789.") && IPAddress.TryParse(name, out _);
}

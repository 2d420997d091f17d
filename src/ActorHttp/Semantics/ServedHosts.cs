using System.Buffers;
using System.Net;

namespace ActorHttp.Semantics;

/// <summary>
/// The hosts that requests may name (<c>actor-http.hosts</c>). A page of another site can have its own name resolve to this
/// server (DNS rebinding). The browser then takes server and page for one origin, and only the Host field tells them apart.
/// </summary>
/// <remarks>
/// No such name can be <c>localhost</c>, end in <c>.localhost</c> (RFC 6761 §6.3) or be an IP address, so these are always served.
/// </remarks>
internal sealed class ServedHosts
{
    private const string Local = "localhost";

    // Of names that browsers send; underscores are no host name's, but containers have them.
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Serves every host.</summary>
    public static readonly ServedHosts All = new([]);

    private readonly bool _servesAll;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _names;

    // Each with the dot that it begins with.
    private readonly string[] _suffixes;

    /// <param name="patterns">Names, <c>*.example.org</c> for all names below one, and <c>*</c> for every host. None serves every host.</param>
    public ServedHosts(IReadOnlyCollection<string> patterns)
    {
        _servesAll = patterns.Count == 0 || patterns.Contains("*");
        _suffixes = [.. patterns.Where(pattern => pattern.StartsWith("*.", StringComparison.Ordinal)).Select(pattern => pattern[1..])];
        _names = new HashSet<string>(patterns, StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Whether this can stand in the setting: a name, an IP address (in brackets or without), <c>*.name</c> or <c>*</c>.</summary>
    public static bool IsPattern(string text)
    {
        var name = text.StartsWith("*.", StringComparison.Ordinal) ? text.AsSpan(2) : text;
        return text == "*" || (!name.IsEmpty && !name.ContainsAnyExcept(NameCharacters)) || IPAddress.TryParse(text, out _);
    }

    /// <summary>
    /// Whether requests with this Host field are served. One without the field is (HTTP/1.0 has none): every browser sends it.
    /// </summary>
    /// <param name="host">A host, and maybe a port, whose grammar has been checked.</param>
    public bool Serve(string? host)
    {
        if (_servesAll || host is null)
            return true;
        if (host.StartsWith('['))
            return true;
        var name = host.AsSpan(0, host.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0 ? colon : host.Length);

        // "localhost." is the same name, said in full.
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

    // Four decimal numbers: IPAddress alone takes "1" and "0x7f.1" as well, which are names to others.
    private static bool IsIpv4(ReadOnlySpan<char> name) =>
        name.Count('.') == 3 && !name.ContainsAnyExcept("0123456789.") && IPAddress.TryParse(name, out _);
}

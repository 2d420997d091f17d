using System.Text.RegularExpressions;
using ActorHttp.Sockets;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorHttp.Settings;

/// <summary>The settings of an endpoint: the addresses on which a server listens.</summary>
/// <param name="Name">The endpoint's name in the settings; empty for the short form (<c>host</c> and <c>port</c>).</param>
internal abstract record EndpointSettings(string Name);

/// <summary>An endpoint that is a TCP port on the addresses of a host.</summary>
/// <param name="Host">An address, a host name that resolves to an address, <c>localhost</c>, or <c>*</c> for every address.</param>
/// <param name="Port">The port. With 0, the system chooses a free port.</param>
internal sealed record TcpEndpointSettings(string Name, string Host, int Port) : EndpointSettings(Name);

/// <summary>An endpoint that is a unix socket.</summary>
/// <param name="Path">The absolute path of the socket file.</param>
/// <param name="Mode">The permissions of the socket file.</param>
internal sealed record UnixEndpointSettings(string Name, string Path, UnixFileMode Mode) : EndpointSettings(Name);

/// <summary>The default values for endpoints that do not set their own values.</summary>
internal sealed record EndpointDefaults(string Host, UnixFileMode Mode);

/// <summary>Reads the section <c>actor-http.endpoints</c>.</summary>
internal static partial class EndpointSection
{
    public const string Endpoints = "actor-http.endpoints";

    private const string HostExpected = "an address, a name or \"*\"";

    private const string Examples = "{ host = \"localhost\", port = 4221 } or { unix-socket = \"/run/actor-http.sock\" }";

    // All keys of an endpoint. Future keys such as `protocols` and `tls` belong to this list.
    private static readonly string[] Keys = ["host", "port", "unix-socket", "mode"];

    /// <summary>Reads <c>actor-http.endpoint-defaults</c>.</summary>
    public static EndpointDefaults Defaults(Section server) => new(
        Host: server.Name("endpoint-defaults.host", HostExpected),
        Mode: Mode(server, "endpoint-defaults.mode"));

    /// <summary>
    /// Reads all endpoints, in the order of the configuration file. Returns an empty array when the settings use the short
    /// form.
    /// </summary>
    /// <param name="whole">The configuration with all defaults.</param>
    /// <param name="defaults">The default values for endpoints that do not set their own values.</param>
    /// <exception cref="ConfigurationException">An endpoint cannot be used, or the settings also use the short form.</exception>
    public static EndpointSettings[] Read(Config whole, EndpointDefaults defaults)
    {
        Section.RequireSection(whole, Endpoints);
        var endpoints = whole.GetValue(Endpoints).GetObject().Items.Select(item => Read(whole, item.Key, item.Value, defaults)).ToArray();
        if (endpoints.Length > 0)
            RefuseShortForm(whole);
        return endpoints;
    }

    private static EndpointSettings Read(Config whole, string name, HoconValue value, EndpointDefaults defaults)
    {
        var path = $"{Endpoints}.{name}";
        if (!ServerSection.IsName(name))
            throw new ConfigurationException($"{path} cannot be used: the name of an endpoint has letters, digits, \"-\" and \"_\" only.");
        if (!value.IsObject())
            throw new ConfigurationException($"{path} cannot be used: it must be {Examples}.");
        if (value.GetObject().Items.Keys.FirstOrDefault(key => !Keys.Contains(key)) is { } unknown)
            throw Section.Unknown($"{path}.{unknown}");
        if (value.GetObject().Items.FirstOrDefault(item => item.Value.IsObject()).Key is { } wrong)
            throw new ConfigurationException($"{path}.{wrong} cannot be used: it must be a value.");
        var section = new Section(whole, path);
        if (!section.Has("unix-socket"))
        {
            if (section.Has("mode"))
                throw new ConfigurationException($"{path}.mode cannot be used: only a unix-socket has permissions.");
            if (!section.Has("port"))
                throw new ConfigurationException($"{path} cannot be used: it needs a port or a unix-socket.");
            return new TcpEndpointSettings(
                Name: name,
                Host: section.Has("host") ? section.Name("host", HostExpected) : defaults.Host,
                Port: section.Int("port", 0, 65535));
        }

        if (Array.Find(["port", "host"], section.Has) is { } other)
        {
            throw new ConfigurationException(
                $"{path} cannot be used: it has a unix-socket and a {other}; each needs an endpoint of its own.");
        }

        return new UnixEndpointSettings(
            Name: name,
            Path: SocketPath(section),
            Mode: section.Has("mode") ? Mode(section, "mode") : defaults.Mode);
    }

    // Throws when the settings use both endpoints and the short form. A short form that is equal to its default is allowed,
    // because this method cannot find out whether the user has set such a value. This value changes nothing.
    private static void RefuseShortForm(Config whole)
    {
        foreach (var key in new[] { "actor-http.host", "actor-http.port" })
        {
            if (whole.GetString(key) is var value && value != ActorHttpSettings.Reference.GetString(key))
                throw new SettingException(key, value, $"{Endpoints} says where to listen");
        }
    }

    private static string SocketPath(Section section)
    {
        const string expected = "the path of a file";
        var path = section.Name("unix-socket", expected);
        if (path.Contains('\0', StringComparison.Ordinal) || Path.GetFileName(path) is "" or "." or "..")
            throw section.Wrong("unix-socket", expected);
        path = Path.GetFullPath(path);
        var length = UnixSocketFile.LengthOf(path);
        return length <= UnixSocketFile.LongestPath
            ? path
            : throw section.Wrong(
                "unix-socket", $"a path of at most {UnixSocketFile.LongestPath} bytes; as an absolute path it has {length}");
    }

    private static UnixFileMode Mode(Section section, string key) => section.Text(key) is var text && ModePattern().IsMatch(text)
        ? (UnixFileMode)Convert.ToInt32(text, 8)
        : throw section.Wrong(key, "the permissions of a file in octal, such as \"0660\"");

    [GeneratedRegex("^0?[0-7]{3}$")]
    private static partial Regex ModePattern();
}

using System.Text.RegularExpressions;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorHttp.Settings;

/// <summary>
/// The section <c>actor-http.servers.NAME</c> of a server with a name. A key that the section does not set comes from <c>actor-http</c>,
/// except for the keys that say where a server listens and which folder it serves.
/// </summary>
internal static partial class ServerSection
{
    public const string Servers = "actor-http.servers";

    private const string Shared = "actor-http";

    // Not inherited: a server would take the address of another server, or serve that server's folder to other clients.
    private static readonly string[] Own = ["host", "port", "endpoints", "directory", "servers"];

    // Refused in the section of one server: mailboxes and disk gates that all servers share read these keys.
    private static readonly string[] OfTheSystem = ["servers", "limits.handler-queue", "limits.retry-after"];

    /// <summary>Whether a text can be the name of a server or an endpoint. Names are parts of keys and of actors' paths.</summary>
    public static bool IsName(string name) => NamePattern().IsMatch(name);

    /// <summary>
    /// Refuses texts that cannot be the name of a server, and keys that all servers share. The check of each server refuses the other
    /// unknown keys of its section: a handler package of that server may have added some of them.
    /// </summary>
    /// <param name="config">The configuration.</param>
    /// <param name="known">The configuration that has all keys.</param>
    public static void Check(Config config, Config known)
    {
        foreach (var name in config.GetValue(Servers).GetObject().Items.Keys)
        {
            var path = $"{Servers}.{name}";
            if (!IsName(name))
                throw new ConfigurationException($"{path} cannot be used: the name of a server has letters, digits, \"-\" and \"_\" only.");
            Section.RequireSection(config, path);
            RefuseShared(config, known, path);
        }
    }

    /// <summary>Returns a configuration whose section <c>actor-http</c> has the settings of one server.</summary>
    /// <param name="config">The actor system's configuration.</param>
    /// <param name="name">The server's name; empty for the one that <c>actor-http</c> itself is for.</param>
    /// <exception cref="ConfigurationException">The value is not a section, or the section does not say where to listen.</exception>
    public static Config Of(Config config, string name)
    {
        if (name.Length == 0)
            return config;
        var path = $"{Servers}.{name}";
        Section.RequireSection(config, Servers);
        Section.RequireSection(config, path);
        if (!config.HasPath($"{path}.port") && !HasEndpoints(config, path))
            throw new ConfigurationException($"{path} does not say where to listen: it needs a port or endpoints.");
        var shared = new HoconObject();
        foreach (var (key, value) in config.GetValue(Shared).GetObject().Items)
        {
            if (!Own.Contains(key))
                shared.Items.Add(key, value);
        }

        return Under(Shared, config.GetValue(path).GetObject()).WithFallback(Under(Shared, shared));
    }

    /// <summary>
    /// Returns a fault that names the key which the user has set: the key of the server's section, when the section sets it.
    /// </summary>
    /// <param name="fault">The fault of a configuration that <see cref="Of"/> has returned.</param>
    /// <param name="config">The actor system's configuration.</param>
    /// <param name="name">The server's name.</param>
    public static ConfigurationException Explain(ConfigurationException fault, Config config, string name)
    {
        var end = fault.Message.IndexOf(' ', StringComparison.Ordinal);
        if (name.Length == 0 || end < 0 || !fault.Message.StartsWith($"{Shared}.", StringComparison.Ordinal))
            return fault;
        var own = $"{Servers}.{name}{fault.Message[Shared.Length..end]}";
        var rest = fault.Message[end..].Replace(EndpointSection.Endpoints, $"{Servers}.{name}.endpoints", StringComparison.Ordinal);
        return config.HasPath(own) ? new ConfigurationException(own + rest, fault) : fault;
    }

    private static void RefuseShared(Config config, Config known, string path)
    {
        foreach (var key in OfTheSystem.Concat(AkkasSections(known)).Where(key => config.HasPath($"{path}.{key}")))
        {
            throw new ConfigurationException(
                $"{path}.{key} is no setting of one server: all servers of an actor system share {Shared}.{key}.");
        }
    }

    private static bool HasEndpoints(Config config, string path)
    {
        var endpoints = config.HasPath($"{path}.endpoints") ? config.GetValue($"{path}.endpoints") : null;
        return endpoints is not null && !(endpoints.IsObject() && endpoints.GetObject().Items.Count == 0);
    }

    private static IEnumerable<string> AkkasSections(Config known) =>
        known.GetValue(Shared).GetObject().Items.Keys.Where(key => AkkaSection.IsIn(known, $"{Shared}.{key}"));

    private static Config Under(string path, HoconObject section)
    {
        var value = new HoconValue();
        value.AppendValue(section);
        var root = new HoconObject();
        root.Items.Add(path, value);
        var all = new HoconValue();
        all.AppendValue(root);
        return new Config(new HoconRoot(all));
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    private static partial Regex NamePattern();
}

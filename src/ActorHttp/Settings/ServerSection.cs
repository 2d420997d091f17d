using System.Text.RegularExpressions;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorHttp.Settings;

/// <summary>
/// Reads and checks the section <c>actor-http.servers.NAME</c> of a server with a name. If the section does not set a key, the
/// value comes from <c>actor-http</c>. The keys for the addresses of a server and for its folder are exceptions.
/// </summary>
internal static partial class ServerSection
{
    public const string Servers = "actor-http.servers";

    private const string Shared = "actor-http";

    // The keys that a server with a name does not inherit from actor-http. Otherwise a server would use the address of another
    // server, or would serve the folder of another server to its own clients.
    private static readonly string[] Own = ["host", "port", "endpoints", "directory", "servers"];

    // The keys that are not allowed in the section of one server. Mailboxes and disk gates, which all servers share, use these
    // keys.
    private static readonly string[] OfTheSystem = ["servers", "limits.handler-queue", "limits.retry-after"];

    /// <summary>
    /// Whether a text is a valid name of a server or an endpoint. Such a name becomes a part of keys and of actor paths.
    /// </summary>
    public static bool IsName(string name) => NamePattern().IsMatch(name);

    /// <summary>
    /// Throws when a name is not a valid server name, or when the section of a server has a key that all servers share. This
    /// method does not check the section for unknown keys, because the handler packages of that server may add keys. The later
    /// check of each server finds unknown keys.
    /// </summary>
    /// <param name="config">The configuration.</param>
    /// <param name="known">The configuration that contains all known keys.</param>
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

    /// <summary>Returns a configuration whose section <c>actor-http</c> contains the settings of one server.</summary>
    /// <param name="config">The actor system's configuration.</param>
    /// <param name="name">The server's name; empty for the server whose settings are in <c>actor-http</c> itself.</param>
    /// <exception cref="ConfigurationException">The value is not a section, or the section has neither a port nor endpoints.</exception>
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
    /// Changes the key in the message of an exception to the key that the user has set. If the section of the server sets the
    /// key, the new message contains the full key in that section. Otherwise returns the exception unchanged.
    /// </summary>
    /// <param name="fault">The exception for a setting in the configuration that <see cref="Of"/> has returned.</param>
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

using System.CommandLine;
using ActorHttp.Semantics;

namespace ActorHttp.ConsoleHost;

/// <summary>The flags of the console host, and the settings that come from the flags.</summary>
internal sealed class CommandLineFlags
{
    private readonly Option<string?> _directory;
    private readonly Option<int?> _port;
    private readonly Option<string?> _host;
    private readonly Option<string[]> _allowHost;
    private readonly Option<bool> _readOnly;

    public CommandLineFlags()
    {
        _directory = new Option<string?>("--directory", "-d")
        {
            Description = "Folder behind /files. Without it /files answers 404.",
            HelpName = "DIR",
        };
        _port = new Option<int?>("--port", "-p")
        {
            Description = "TCP port. 0 picks a free one and prints it. [default: 4221]",
            HelpName = "PORT",
        };
        _host = new Option<string?>("--host")
        {
            Description = "Address or name to listen on; '*' is every address. [default: localhost]",
            HelpName = "HOST",
        };
        Configuration = new Option<string?>("--config")
        {
            Description = "HOCON file with settings; hocon/reference.conf explains them all.",
            HelpName = "FILE",
        };
        _readOnly = new Option<bool>("--read-only") { Description = "Serve files only: nothing is stored or deleted." };
        LogLevel = new Option<string?>("--log-level")
        {
            Description = "What to log on stderr. debug has a line for each request. [default: info]",
            HelpName = "debug|info|warning|error",
        };
        LogLevel.CompletionSources.Add([.. ServerHost.LogLevels.Keys]);
        LogLevel.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !ServerHost.LogLevels.ContainsKey(token.Value))
                result.AddError($"--log-level {token.Value} cannot be used: it must be {LevelNames}.");
        });
        _port.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out var value) && value is >= 0 and <= 65535))
                result.AddError($"--port {token.Value} cannot be used: it must be a whole number from 0 to 65535.");
        });
        _allowHost = new Option<string[]>("--allow-host")
        {
            Description = "Host name that requests may use on a loopback address too; may be repeated, '*' for all.",
            HelpName = "NAME",
        };
        _allowHost.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => !ServedHosts.IsPattern(token.Value)) is { } wrong)
            {
                result.AddError(
                    $"--allow-host {wrong.Value} cannot be used: it must be a host name without a port, such as example.org or "
                        + $"*.example.org, or *.");
            }
        });
        RefuseEmpty(_directory, "the path of a folder");
        RefuseEmpty(_host, "an address, a name or '*'");
        RefuseEmpty(Configuration, "the path of a file");
        Root = new RootCommand(
            $$"""
            An HTTP/1.1 server made of actors.

            Settings come from the flag, else from the environment ({{string.Join(", ", EnvironmentSettings.Names)}}),
            else from the file of --config.

            Try: {command} --directory /tmp & curl http://localhost:4221/echo/hello
            """)
        {
            _directory, _port, _host, _allowHost, _readOnly, Configuration, LogLevel,
        };
    }

    public static string LevelNames => string.Join(", ", ServerHost.LogLevels.Keys);

    public RootCommand Root { get; }

    /// <summary>The flag with the path of the configuration file.</summary>
    public Option<string?> Configuration { get; }

    public Option<string?> LogLevel { get; }

    /// <summary>Returns the settings that come from the flags of a command line.</summary>
    public IEnumerable<GivenSetting> Settings(ParseResult flags)
    {
        GivenSetting?[] settings =
        [
            Flag("actor-http.directory", _directory, flags.GetValue(_directory)),
            Flag("actor-http.port", _port, flags.GetValue(_port)?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            Flag("actor-http.host", _host, flags.GetValue(_host)),
            flags.GetValue(_allowHost) is { Length: > 0 } hosts ? GivenSetting.Flag("actor-http.hosts", _allowHost.Name, hosts) : null,
            Flag(
                "actor-http.files.read-only",
                _readOnly,
                flags.GetResult(_readOnly) is { Implicit: false } ? flags.GetValue(_readOnly) ? "on" : "off" : null),
        ];
        return settings.OfType<GivenSetting>();
    }

    // Refuses an empty value. A shell variable that is not set gives an empty value, for example in --directory "$DIR". Without
    // this check the server would serve no folder and would not report the mistake.
    private static void RefuseEmpty(Option<string?> option, string expected) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && string.IsNullOrWhiteSpace(token.Value))
            result.AddError($"{option.Name} '{token.Value}' cannot be used: it must be {expected}.");
    });

    private static GivenSetting? Flag(string key, Option option, string? value) =>
        value is null ? null : GivenSetting.Flag(key, option.Name, value);
}

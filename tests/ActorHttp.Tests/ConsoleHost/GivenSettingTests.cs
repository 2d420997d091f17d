using ActorHttp.ConsoleHost;
using ActorHttp.Settings;
using ActorHttp.Tests.Settings;
using Akka.Configuration;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>Each flag and each variable of the console host against the one setting that it gives.</summary>
public sealed class GivenSettingTests
{
    // They say nothing of a setting.
    private static readonly string[] Others = ["--help", "--version", "--config", "--log-level"];

    public static TheoryData<string, string> Flags => new()
    {
        { "--directory /srv", "Directory = /srv" },
        { "-d /srv", "Directory = /srv" },
        { "--port 8080", "Port = 8080" },
        { "-p 0", "Port = 0" },
        { "--host ::1", "Host = ::1" },
        { "--allow-host example.org", "Hosts = example.org" },
        { "--allow-host example.org --allow-host *.example.net", "Hosts = example.org,*.example.net" },
        { "--read-only", "Files.IsReadOnly = True" },
    };

    public static TheoryData<string, string, string> Variables => new()
    {
        { "ACTORHTTP_DIRECTORY", "/srv", "Directory = /srv" },
        { "ACTORHTTP_PORT", "8080", "Port = 8080" },
        { "ACTORHTTP_HOST", "::1", "Host = ::1" },
        { "ACTORHTTP_READ_ONLY", "yes", "Files.IsReadOnly = True" },
    };

    [Theory, MemberData(nameof(Flags))]
    public void A_flag_changes_its_setting_and_no_other(string arguments, string setting)
    {
        var flags = new CommandLineFlags();
        var parsed = flags.Root.Parse(arguments.Split(' '));
        Assert.Empty(parsed.Errors);
        Assert.Equal([setting], ChangedBy(flags.Settings(parsed)));
    }

    [Theory, MemberData(nameof(Variables))]
    public void A_variable_changes_its_setting_and_no_other(string variable, string value, string setting) =>
        Assert.Equal([setting], ChangedBy(EnvironmentSettings.Read(name => name == variable ? value : null)));

    [Fact]
    public void The_tables_above_have_every_flag_and_every_variable()
    {
        var options = new CommandLineFlags().Root.Options;
        var flags = options.SelectMany(option => option.Aliases.Append(option.Name)).Where(
            name => !Others.Contains(name) && name is not ("-h" or "-?" or "/h" or "/?"));
        Assert.Equal(flags.Order(), Flags.Select(row => ((string)row[0]).Split(' ')[0]).Distinct().Order());
        Assert.Equal(
            EnvironmentSettings.Names.Except([EnvironmentSettings.Configuration, EnvironmentSettings.LogLevel]).Order(),
            Variables.Select(row => (string)row[0]).Order());
    }

    [Fact]
    public void A_flag_wins_over_a_variable_and_a_variable_over_the_file()
    {
        var sources = new SettingSources(ConfigurationFactory.ParseString("actor-http { port = 1, host = a, directory = b }"));
        var flags = new CommandLineFlags();
        var variables = EnvironmentSettings.Read(name => name switch { "ACTORHTTP_PORT" => "2", "ACTORHTTP_HOST" => "c", _ => null });
        foreach (var given in variables.Concat(flags.Settings(flags.Root.Parse(["--port", "3"]))))
            sources.Add(given);
        var settings = ActorHttpSettings.From(sources.Config);
        Assert.Equal((3, "c", "b"), (settings.Port, settings.Host, settings.Directory));
        Assert.Equal(
            ("--port", "ACTORHTTP_HOST", "actor-http.directory"),
            (sources.NameOf("actor-http.port"), sources.NameOf("actor-http.host"), sources.NameOf("actor-http.directory")));
    }

    private static IEnumerable<string> ChangedBy(IEnumerable<GivenSetting> given)
    {
        var sources = new SettingSources(Config.Empty);
        foreach (var setting in given)
            sources.Add(setting);
        var (before, after) = (AllSettings.From(Config.Empty).Values, AllSettings.From(sources.Config).Values);
        return after.Where(value => before[value.Key] != value.Value).Select(value => $"{value.Key} = {value.Value}");
    }
}

using ActorHttp.Settings;
using Akka.Configuration;

namespace ActorHttp.Tests.Settings;

/// <summary>The section actor-http.endpoints: what it means, and the line for each way to get it wrong.</summary>
public sealed class EndpointSettingsTests
{
    private const UnixFileMode OwnerAndGroup =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    [Fact]
    public void Without_endpoints_the_server_listens_on_host_and_port() =>
        Assert.Equal([new TcpEndpointSettings("", "*", 80)], From("host = \"*\", port = 80").ListenOn());

    [Fact]
    public void Endpoints_are_in_the_order_of_the_file() => Assert.Equal(
        [
            new TcpEndpointSettings("public", "*", 80),
            new UnixEndpointSettings("local", "/run/x.sock", OwnerAndGroup),
            new TcpEndpointSettings("admin", "localhost", 0),
        ],
        From("endpoints { public { host = \"*\", port = 80 } local.unix-socket = /run/x.sock, admin { port = 0 } }").ListenOn());

    [Fact]
    public void An_endpoint_takes_what_it_does_not_say_from_the_defaults() => Assert.Equal(
        [new TcpEndpointSettings(
            "a", "192.0.2.1", 1), new UnixEndpointSettings("b", "/b", UnixFileMode.UserWrite | UnixFileMode.OtherExecute)],
        From("endpoint-defaults { host = 192.0.2.1, mode = 0201 } endpoints { a.port = 1, b.unix-socket = /b }").ListenOn());

    [Fact]
    public void A_path_is_made_absolute() => Assert.Equal(
        Path.GetFullPath("a/../x.sock"),
        Assert.IsType<UnixEndpointSettings>(Assert.Single(From("endpoints.a.unix-socket = a/../x.sock").ListenOn())).Path);

    [Theory]
    [InlineData(107, true)]
    [InlineData(108, false)]
    public void A_path_has_107_bytes_at_most(int bytes, bool isTaken)
    {
        // Each of these letters has two bytes.
        var path = "/" + new string('é', (bytes - 1) / 2) + new string('x', (bytes - 1) % 2);
        var wrong = Record.Exception(() => From($"endpoints.a.unix-socket = \"{path}\""));
        var message = $"actor-http.endpoints.a.unix-socket = {path} cannot be used: it must be a path of at most 107 bytes; "
            + "as an absolute path it has 108.";
        Assert.Equal(isTaken ? null : message, wrong?.Message);
    }

    [Theory]
    [InlineData(
        "endpoints.a = 5",
        "actor-http.endpoints.a cannot be used: it must be { host = \"localhost\", port = 4221 } or { unix-socket = "
            + "\"/run/actor-http.sock\" }.")]
    [InlineData(
        "endpoints { \"a b\" { port = 1 } }",
        "actor-http.endpoints.a b cannot be used: the name of an endpoint has letters, digits, \"-\" and \"_\" only.")]
    [InlineData("endpoints.a { }", "actor-http.endpoints.a cannot be used: it needs a port or a unix-socket.")]
    [InlineData("endpoints.a.host = localhost", "actor-http.endpoints.a cannot be used: it needs a port or a unix-socket.")]
    [InlineData(
        "endpoints.a { port = 1, unix-socket = /x }",
        "actor-http.endpoints.a cannot be used: it has a unix-socket and a port; each needs an endpoint of its own.")]
    [InlineData(
        "endpoints.a { host = x, unix-socket = /x }",
        "actor-http.endpoints.a cannot be used: it has a unix-socket and a host; each needs an endpoint of its own.")]
    [InlineData("endpoints.a { port = 1, mode = 0600 }", "actor-http.endpoints.a.mode cannot be used: only a unix-socket has permissions.")]
    [InlineData("endpoints.a.prot = 1", "actor-http.endpoints.a.prot is no setting; hocon/reference.conf has them all.")]
    [InlineData("endpoints.a { port = 1, tls = x }", "actor-http.endpoints.a.tls is no setting; hocon/reference.conf has them all.")]
    [InlineData("endpoints.a.port { b = 1 }", "actor-http.endpoints.a.port cannot be used: it must be a value.")]
    [InlineData(
        "endpoints.a.port = 65536", "actor-http.endpoints.a.port = 65536 cannot be used: it must be a whole number from 0 to 65535.")]
    [InlineData(
        "endpoints.a { port = 1, host = \" \" }",
        "actor-http.endpoints.a.host = \"\" cannot be used: it must be an address, a name or \"*\".")]
    [InlineData(
        "endpoints.a.unix-socket = \"\"", "actor-http.endpoints.a.unix-socket = \"\" cannot be used: it must be the path of a file.")]
    [InlineData(
        "endpoints.a.unix-socket = /run/", "actor-http.endpoints.a.unix-socket = /run/ cannot be used: it must be the path of a file.")]
    [InlineData(
        "endpoints.a { unix-socket = /x, mode = 8 }",
        "actor-http.endpoints.a.mode = 8 cannot be used: it must be the permissions of a file in octal, such as \"0660\".")]
    [InlineData("endpoints = 5", "actor-http.endpoints cannot be used: it must be a section of settings.")]
    [InlineData("endpoint-defaults.port = 1", "actor-http.endpoint-defaults.port is no setting; hocon/reference.conf has them all.")]
    public void A_wrong_endpoint_is_one_line_that_names_it(string setting, string line) =>
        Assert.Equal(line, Assert.ThrowsAny<ConfigurationException>(() => From(setting)).Message);

    [Theory]
    [InlineData("port = 8080", "actor-http.port = 8080 cannot be used: actor-http.endpoints says where to listen.")]
    [InlineData("host = \"*\"", "actor-http.host = * cannot be used: actor-http.endpoints says where to listen.")]
    public void With_endpoints_the_short_form_is_refused(string setting, string line) =>
        Assert.Equal(line, Assert.Throws<SettingException>(() => From($"endpoints.a.port = 1, {setting}")).Message);

    // They are there in the configuration of every actor system with a server.
    [Fact]
    public void With_endpoints_the_defaults_of_the_short_form_are_not_refused() =>
        Assert.Single(
            ActorHttpSettings.From(
                ConfigurationFactory.ParseString("actor-http.endpoints.a.port = 1").WithFallback(ActorHttpSettings.Reference)).ListenOn());

    private static ActorHttpSettings From(string settings) =>
        AllSettings.From(ConfigurationFactory.ParseString($"actor-http {{ {settings} }}")).Server;
}

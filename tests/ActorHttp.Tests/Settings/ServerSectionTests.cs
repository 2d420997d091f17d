using ActorHttp.Settings;
using Akka.Configuration;

namespace ActorHttp.Tests.Settings;

/// <summary>The section actor-http.servers.NAME: what a server inherits from actor-http, and what it does not.</summary>
public sealed class ServerSectionTests
{
    [Fact]
    public void A_server_inherits_each_key_that_it_does_not_set()
    {
        var settings = From(
            "limits { connections = 7, pipelining = 2 } hosts = [a], servers.admin { port = 1, limits.pipelining = 3 }", "admin");
        Assert.Equal((7, 3, "a"), (settings.Limits.Connections, settings.Limits.Pipelining, Assert.Single(settings.Hosts)));
        Assert.Equal(
            2, From("limits { connections = 7, pipelining = 2 } servers.admin { port = 1, limits.pipelining = 3 }").Limits.Pipelining);
    }

    [Fact]
    public void A_server_does_not_inherit_where_to_listen_nor_the_folder()
    {
        var settings = From("host = \"*\", port = 80, directory = /srv, servers.admin.port = 1", "admin");
        Assert.Equal([new TcpEndpointSettings("", "localhost", 1)], settings.ListenOn());
        Assert.Equal("", settings.Directory);
        Assert.Equal(
            [new TcpEndpointSettings("", "localhost", 1)], From("endpoints.a.port = 80, servers.admin.port = 1", "admin").ListenOn());
        Assert.Equal(
            [new TcpEndpointSettings("b", "localhost", 1)], From("port = 80, servers.admin.endpoints.b.port = 1", "admin").ListenOn());
    }

    [Theory]
    [InlineData("", "actor-http.servers.admin does not say where to listen: it needs a port or endpoints.")]
    [InlineData("servers.admin.host = x", "actor-http.servers.admin does not say where to listen: it needs a port or endpoints.")]
    [InlineData("servers.admin.endpoints {}", "actor-http.servers.admin does not say where to listen: it needs a port or endpoints.")]
    [InlineData("servers.admin = 5", "actor-http.servers.admin cannot be used: it must be a section of settings.")]
    [InlineData("servers.admin { port = 1, prot = 1 }", "actor-http.servers.admin.prot is no setting; hocon/reference.conf has them all.")]
    [InlineData(
        "servers.admin { port = 1, limits.pipelinign = 1 }",
        "actor-http.servers.admin.limits.pipelinign is no setting; hocon/reference.conf has them all.")]
    [InlineData(
        "servers.admin { port = 1, endpoints.a.prot = 1 }",
        "actor-http.servers.admin.endpoints.a.prot is no setting; hocon/reference.conf has them all.")]
    [InlineData("servers.admin.port = x", "actor-http.servers.admin.port = x cannot be used: it must be a whole number from 0 to 65535.")]
    [InlineData(
        "servers.admin { port = 1, endpoints.a.port = 2 }",
        "actor-http.servers.admin.port = 1 cannot be used: actor-http.servers.admin.endpoints says where to listen.")]
    [InlineData(
        "timeouts.idle = soon, servers.admin.port = 1", "actor-http.timeouts.idle = soon cannot be used: it must be a time, such as 10s.")]
    [InlineData(
        "servers.admin { port = 1, timeouts.idle = soon }",
        "actor-http.servers.admin.timeouts.idle = soon cannot be used: it must be a time, such as 10s.")]
    [InlineData(
        "servers.admin { port = 1, servers.b.port = 2 }",
        "actor-http.servers.admin.servers is no setting of one server: all servers of an actor system share actor-http.servers.")]
    [InlineData(
        "servers.admin { port = 1, limits.handler-queue = 2 }",
        "actor-http.servers.admin.limits.handler-queue is no setting of one server: all servers of an actor system share "
            + "actor-http.limits.handler-queue.")]
    [InlineData(
        "servers.admin { port = 1, limits.retry-after = 2s }",
        "actor-http.servers.admin.limits.retry-after is no setting of one server: all servers of an actor system share "
            + "actor-http.limits.retry-after.")]
    [InlineData(
        "servers.admin { port = 1, dispatcher.throughput = 2 }",
        "actor-http.servers.admin.dispatcher is no setting of one server: all servers of an actor system share actor-http.dispatcher.")]
    [InlineData(
        "servers.admin { port = 1, handler-mailbox.mailbox-type = x }",
        "actor-http.servers.admin.handler-mailbox is no setting of one server: all servers of an actor system share "
            + "actor-http.handler-mailbox.")]
    public void A_wrong_section_is_one_line_that_names_the_key(string settings, string line) =>
        Assert.Equal(line, Assert.ThrowsAny<ConfigurationException>(() => From(settings, "admin")).Message);

    // The server without a name reads the same file.
    [Theory]
    [InlineData("servers.admin = 5", "actor-http.servers.admin cannot be used: it must be a section of settings.")]
    [InlineData(
        "servers.admin.dispatcher.throughput = 2",
        "actor-http.servers.admin.dispatcher is no setting of one server: all servers of an actor system share actor-http.dispatcher.")]
    [InlineData("servers = 5", "actor-http.servers cannot be used: it must be a section of settings.")]
    [InlineData(
        "servers { \"a b\" { port = 1 } }",
        "actor-http.servers.a b cannot be used: the name of a server has letters, digits, \"-\" and \"_\" only.")]
    public void A_wrong_section_is_refused_by_every_server(string settings, string line) =>
        Assert.Equal(line, Assert.ThrowsAny<ConfigurationException>(() => From(settings)).Message);

    private static ActorHttpSettings From(string settings, string server = "")
    {
        var config = ConfigurationFactory.ParseString($"actor-http {{ {settings} }}");
        ActorHttpSettings.Check(config, AllSettings.Defaults);
        ActorHttpSettings.Check(config, AllSettings.Defaults, server);
        return ActorHttpSettings.From(config, server);
    }
}

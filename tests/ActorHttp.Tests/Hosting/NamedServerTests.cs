using System.Net;
using ActorHttp.Files;
using ActorHttp.Hosting;
using ActorHttp.Messages;
using ActorHttp.Tests.Sockets;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ActorHttp.Tests.Hosting;

/// <summary>Several servers in one actor system.</summary>
public sealed class NamedServerTests
{
    private const string TwoServers = "actor-http { limits.request-line-size = 100B, servers.admin { port = 0, limits.field-count = 3 } }";

    [Fact]
    public async Task Each_server_has_its_own_address_routes_settings_and_actors()
    {
        using var server = Start(TwoServers);
        await server.Host.StartAsync();
        Assert.Equal(["", "admin"], ActorHttpServers.Of(server.System).Names.Order());
        Assert.NotEqual(server.Address(), server.Address("admin"));
        await AssertAnswersAsync(server.Address(), "/who", 200, "the first");
        await AssertAnswersAsync(server.Address("admin"), "/who", 200, "the admin");
        await AssertAnswersAsync(server.Address(), "/admin-only", 404);
        await AssertAnswersAsync(server.Address("admin"), "/admin-only", 200, "the admin");

        // Inherited, and its own.
        await AssertAnswersAsync(server.Address("admin"), $"/{new string('x', 100)}", 414);
        await AssertAnswersAsync(server.Address("admin"), "/who", 431, fields: "A: b\r\nC: d\r\nE: f\r\n");
        await AssertAnswersAsync(server.Address(), "/who", 200, fields: "A: b\r\nC: d\r\nE: f\r\n");
        foreach (
            var path in new[]
            {
                "/user/actor-http/handlers/who",
                "/user/actor-http-admin/handlers/who",
                "/user/actor-http-admin/handlers/admin-only",
            })
        {
            await server.System.ActorSelection(path).ResolveOne(TimeSpan.FromSeconds(20));
        }

        await server.Host.StopAsync();
        Assert.Empty(server.Lines);
    }

    // Handler packages read the settings of the server to which they are added.
    [Fact]
    public async Task A_file_server_has_the_settings_of_its_own_server()
    {
        using var folder = new TemporaryDirectory();
        folder.Add("file", "the bytes");
        using var server = new EmbeddedServer(
            "actor-http { files.read-only = on, servers { a { port = 0, files.read-only = off } b.port = 0 } }",
            http => http.Files("/files", folder.Path),
            akka => akka.WithActorHttp(
                "a", http => http.Files("/files", folder.Path)).WithActorHttp("b", http => http.Files("/files", folder.Path)));
        await server.Host.StartAsync();
        foreach (var (name, status) in new[] { ("", 405), ("a", 204), ("b", 405) })
        {
            await AssertAnswersAsync(server.Address(name), "/files/file", 200, "the bytes");
            using var client = await RawClient.ConnectAsync(server.Address(name));
            Assert.Equal(
                status, (await client.ExchangeAsync("PUT /files/file HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nthe bytes")).Status);
        }

        await server.Host.StopAsync();
    }

    [Fact]
    public async Task A_wrong_setting_of_a_handler_package_names_the_section_of_the_server()
    {
        using var folder = new TemporaryDirectory();
        using var server = new EmbeddedServer(
            "actor-http.servers.a { port = 0, files.listing = maybe }", _ => { },
            akka => akka.WithActorHttp("a", http => http.Files("/files", folder.Path)));
        await server.StartAndFailAsync();
        Assert.Contains("Server a: actor-http.servers.a.files.listing = maybe cannot be used: it must be on or off.", server.Lines);
    }

    [Fact]
    public async Task Each_server_with_a_key_is_in_the_registry()
    {
        using var server = new EmbeddedServer(
            "actor-http.servers { a.port = 0, b.port = 0 }",
            http => http.Route("/who", Named("the first")),
            akka => akka.WithActorHttp<KeyOfA>(
                "a", http => http.Route("/who", Named("a"))).WithActorHttp("b", http => http.Route("/who", Named("b"))));
        await server.Host.StartAsync();
        var registry = server.Host.Services.GetRequiredService<ActorRegistry>();
        Assert.Equal("/user/actor-http", registry.Get<ActorHttpServer>().Path.ToStringWithoutAddress());
        Assert.Equal("/user/actor-http-a", registry.Get<KeyOfA>().Path.ToStringWithoutAddress());
        await AssertAnswersAsync(server.Address("b"), "/who", 200, "b");
        await server.Host.StopAsync();
    }

    [Fact]
    public async Task A_server_that_does_not_exist_has_no_endpoints()
    {
        using var server = Start(TwoServers);
        await server.Host.StartAsync();
        Assert.Contains("'other'", Assert.Throws<ArgumentException>(() => server.Address("other")).Message, StringComparison.Ordinal);
        await server.Host.StopAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a.b")]
    [InlineData("-a")]
    [InlineData("ä")]
    public async Task A_name_that_cannot_be_one_is_refused(string name)
    {
        using var server = new EmbeddedServer(
            "",
            http => http.Route("/who", Named("the first")),
            akka => Assert.Throws<ArgumentException>(() => akka.WithActorHttp(name, _ => { })));
        await server.Host.StartAsync();
        await server.Host.StopAsync();
    }

    [Theory]
    [InlineData("", "This actor system has an ActorHttp server without a name already.")]
    [InlineData("admin", "This actor system has an ActorHttp server with the name 'admin' already.")]
    public async Task The_same_name_twice_fails_the_start(string name, string message)
    {
        using var server = new EmbeddedServer(TwoServers, http => http.Route("/who", Named("the first")), akka =>
        {
            for (var i = 0; i < 2; i++)
            {
                if (name.Length > 0)
                    akka.WithActorHttp(name, _ => { });
                else if (i == 0)
                    akka.WithActorHttp(_ => { });
            }
        });
        var wrong = await Assert.ThrowsAsync<InvalidOperationException>(() => server.Host.StartAsync());
        Assert.StartsWith(message, wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Server admin: actor-http.servers.admin does not say where to listen: it needs a port or endpoints.")]
    [InlineData(
        "actor-http.servers.admin { port = 0, timeouts.idle = soon }",
        "Server admin: actor-http.servers.admin.timeouts.idle = soon cannot be used: it must be a time, such as 10s.")]
    [InlineData("actor-http.servers.admin { port = 0, host = \"192.0.2.1\" }", "Server admin: Cannot listen on 192.0.2.1:0: ")]
    public async Task A_server_that_cannot_start_says_which_one_it_is(string settings, string line)
    {
        using var server = Start(settings);
        await server.StartAndFailAsync();
        Assert.Contains(server.Lines, each => each.StartsWith(line, StringComparison.Ordinal));
    }

    // Both have an open request, and neither waits for the other one's.
    // The host would wait for the second server, which an ending system never starts.
    [Theory]
    [InlineData("actor-http { host = \"192.0.2.1\" }", "Cannot listen on 192.0.2.1:0: ")]
    [InlineData("actor-http.timeouts.idle = soon", "actor-http.timeouts.idle = soon cannot be used")]
    public async Task When_the_first_server_cannot_start_the_host_ends_without_waiting_for_the_next(string settings, string line)
    {
        using var server = new EmbeddedServer(
            $"actor-http.port = 0, actor-http.servers.admin {{ port = 0, timeouts.idle = 10s }}\n{settings}",
            http => http.Route("/who", Named("the first")),
            akka => akka.WithActorHttp("admin", http => http.Route("/who", Named("admin"))));
        await server.StartAndFailAsync();
        Assert.Contains(server.Lines, each => each.Contains(line, StringComparison.Ordinal));
        Assert.DoesNotContain(server.Lines, each => each.Contains("admin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_servers_drain_at_the_same_time()
    {
        using var server = Start(TwoServers);
        await server.Host.StartAsync();
        using var first = await BeginUploadAsync(server.Address());
        using var second = await BeginUploadAsync(server.Address("admin"));
        var stopping = server.Host.StopAsync();
        await ExpectRefusedAsync(server.Address());
        await ExpectRefusedAsync(server.Address("admin"));
        foreach (var client in new[] { second, first })
        {
            await client.SendAsync("b");
            Assert.Equal("close", (await client.ReadResponseAsync())["Connection"]);
        }

        await stopping;
        Assert.Empty(server.Lines);
    }

    private static EmbeddedServer Start(string settings) => new(
        settings,
        http => Guests.AddTo(http.Route("/who", Named("the first"))),
        akka => akka.WithActorHttp(
            "admin", http => Guests.AddTo(http.Route("/who", Named("the admin")).Route("/admin-only", Named("the admin")))));

    private static Props Named(string name) => Guests.Answering(request => HttpResponse.Text(request.Exchange, 200, name));

    private static async Task AssertAnswersAsync(EndPoint server, string path, int status, string? text = null, string fields = "")
    {
        using var client = await RawClient.ConnectAsync(server);
        var response = await client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
        Assert.Equal(status, response.Status);
        if (text is not null)
            Assert.Equal(text, response.Text);
    }

    private static async Task<RawClient> BeginUploadAsync(EndPoint server)
    {
        var client = await RawClient.ConnectAsync(server);
        await client.SendAsync("POST /length HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        await client.ReadInterimAsync();
        await client.SendAsync("a");
        return client;
    }

    private static Task ExpectRefusedAsync(EndPoint server) => Until.TrueAsync(
        async () =>
        {
            try
            {
                using var client = await RawClient.ConnectAsync(server);
                return false;
            }
            catch (System.Net.Sockets.SocketException)
            {
                return true;
            }
        },
        "the socket is unbound");

    private sealed class KeyOfA;
}

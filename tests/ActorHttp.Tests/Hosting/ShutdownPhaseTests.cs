using ActorHttp.Hosting;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ActorHttp.Tests.Hosting;

/// <summary>
/// The timeout of the shutdown phase in which the servers drain, in a program that does not set it, and in one that does.
/// </summary>
public sealed class ShutdownPhaseTests
{
    // In milliseconds. Akka goes on at the end of the phase, whether the drain has ended or not.
    [Theory]
    [InlineData(35_000, 30_000, 30_000)]
    [InlineData(31_000, 30_000, 30_000)]
    [InlineData(30_999, 30_000, 29_999)]
    [InlineData(30_000, 30_000, 29_000)]
    [InlineData(5_000, 30_000, 4_000)]
    [InlineData(5_000, 500, 500)]
    [InlineData(2_001, 30_000, 1_001)]
    [InlineData(2_000, 30_000, 1_000)]
    [InlineData(1_500, 30_000, 750)]
    [InlineData(1_000, 30_000, 500)]
    [InlineData(1_000, 400, 400)]
    public void The_drain_ends_before_the_phase_of_the_shutdown(int phase, int wanted, int expected) => Assert.Equal(
        TimeSpan.FromMilliseconds(expected),
        ShutdownPhase.DrainWithin(TimeSpan.FromMilliseconds(phase), TimeSpan.FromMilliseconds(wanted)));

    [Theory]
    [InlineData("", 31)]
    [InlineData("actor-http.timeouts.drain = 90s", 91)]
    [InlineData("actor-http.timeouts.drain = 1s", 5)]
    [InlineData("actor-http { timeouts.drain = 40s, servers.admin { port = 0, timeouts.drain = 50s } }", 51)]
    [InlineData("actor-http { timeouts.drain = 40s, servers.admin.port = 0 }", 41)]
    [InlineData("akka.coordinated-shutdown.default-phase-timeout = 60s", 60)]
    public async Task The_phase_is_as_long_as_the_longest_drain_needs_and_no_shorter_than_Akkas_default(string settings, int seconds)
    {
        foreach (var late in Places)
        {
            var (phase, lines) = await StartAsync(settings, late);
            Assert.Equal(TimeSpan.FromSeconds(seconds), phase);
            Assert.Empty(lines);
        }
    }

    [Fact]
    public async Task A_timeout_that_the_program_has_set_stays_and_a_drain_that_it_cuts_is_told()
    {
        foreach (var late in Places)
        {
            var (phase, lines) = await StartAsync("akka.coordinated-shutdown.phases.service-requests-done.timeout = 7s", late);
            Assert.Equal(TimeSpan.FromSeconds(7), phase);
            Assert.Equal(
                "actor-http.timeouts.drain is cut to 00:00:06, because "
                    + "akka.coordinated-shutdown.phases.service-requests-done.timeout is 00:00:07",
                Assert.Single(lines));
        }
    }

    [Fact]
    public async Task Extensions_of_the_program_are_loaded_as_well()
    {
        var extension = typeof(Mine.Provider).AssemblyQualifiedName;
        using var server = new EmbeddedServer($"akka.extensions = [\"{extension}\"]", _ => { });
        await server.Host.StartAsync();
        Assert.True(server.System.HasExtension<Mine>());
        await server.Host.StopAsync();
    }

    // Where a program may add its settings: before WithActorHttp, or after it in front of all others or behind them.
    private static HoconAddMode?[] Places => [null, HoconAddMode.Prepend, HoconAddMode.Append];

    private static async Task<(TimeSpan Phase, IReadOnlyList<string> Lines)> StartAsync(string settings, HoconAddMode? late)
    {
        using var server = new EmbeddedServer(
            late is null ? settings : "",
            _ => { },
            akka =>
            {
                if (late is { } mode)
                    akka.AddHocon(settings, mode);
            });
        await server.Host.StartAsync();
        var phase = CoordinatedShutdown.Get(server.System).Timeout(CoordinatedShutdown.PhaseServiceRequestsDone);
        await server.Host.StopAsync();
        return (phase, [.. server.Lines]);
    }

    private sealed class Mine : IExtension
    {
        public sealed class Provider : ExtensionIdProvider<Mine>
        {
            public override Mine CreateExtension(ExtendedActorSystem system) => new();
        }
    }
}

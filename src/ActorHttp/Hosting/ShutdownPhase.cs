using System.Globalization;
using ActorHttp.Settings;
using Akka.Configuration;

namespace ActorHttp.Hosting;

/// <summary>
/// The phase of CoordinatedShutdown in which the servers drain, and its timeout. When the timeout is over Akka goes on with the next phase,
/// whether the drain has ended or not, so the timeout has to be longer than the drain.
/// </summary>
internal static class ShutdownPhase
{
    private const string DefaultTimeoutKey = "akka.coordinated-shutdown.default-phase-timeout";

    /// <summary>The key of the phase's timeout.</summary>
    public const string TimeoutKey = $"akka.coordinated-shutdown.phases.{Akka.Actor.CoordinatedShutdown.PhaseServiceRequestsDone}.timeout";

    /// <summary>The time between the order to reset the last connections and the end of the phase.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Returns how long the drain may take: it ends <see cref="Margin"/> before the phase, or after half of a short phase.
    /// </summary>
    /// <param name="phase">The timeout of the phase.</param>
    /// <param name="wanted">The time that the settings give the drain.</param>
    public static TimeSpan DrainWithin(TimeSpan phase, TimeSpan wanted)
    {
        var most = phase > Margin * 2 ? phase - Margin : phase / 2;
        return wanted < most ? wanted : most;
    }

    /// <summary>
    /// Makes the configuration with the timeout that the longest drain of all servers needs. Returns null when the timeout is long enough
    /// already, and when the program has set it. Passes over settings that cannot be read: the start of their server reports them.
    /// </summary>
    public static Config? Fallback(Config config)
    {
        if (config.HasPath(TimeoutKey))
            return null;
        var longest = ActorHttpSettings.ServersIn(config).Prepend("").Max(server => DrainIn(config, server));
        var needed = longest + Margin;
        if (needed <= DefaultTimeout(config))
            return null;
        return ConfigurationFactory.ParseString(
            string.Create(CultureInfo.InvariantCulture, $"{TimeoutKey} = {(long)needed.TotalMilliseconds}ms"));
    }

    // Akka itself reports a value that it cannot read, with its key, when it creates CoordinatedShutdown.
    private static TimeSpan DefaultTimeout(Config config)
    {
        try
        {
            return config.GetTimeSpan(DefaultTimeoutKey);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ConfigurationException)
        {
            return TimeSpan.MaxValue;
        }
    }

    private static TimeSpan DrainIn(Config config, string server)
    {
        try
        {
            return ActorHttpSettings.DrainIn(config, server);
        }
        catch (ConfigurationException)
        {
            return TimeSpan.Zero;
        }
    }
}

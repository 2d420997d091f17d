using System.Globalization;
using ActorHttp.Settings;
using Akka.Configuration;

namespace ActorHttp.Hosting;

/// <summary>
/// The timeout of the CoordinatedShutdown phase in which the servers drain. When this timeout has passed, Akka continues with
/// the next phase, even if the drain has not ended. So the timeout must be longer than the drain.
/// </summary>
internal static class ShutdownPhase
{
    private const string DefaultTimeoutKey = "akka.coordinated-shutdown.default-phase-timeout";

    /// <summary>The key of the phase's timeout.</summary>
    public const string TimeoutKey = $"akka.coordinated-shutdown.phases.{Akka.Actor.CoordinatedShutdown.PhaseServiceRequestsDone}.timeout";

    /// <summary>The time between the reset of the last connections and the end of the phase.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Returns the time limit of the drain. The drain ends <see cref="Margin"/> before the end of the phase. In a short phase,
    /// the drain ends after half of the phase.
    /// </summary>
    /// <param name="phase">The timeout of the phase.</param>
    /// <param name="wanted">The time for the drain in the settings.</param>
    public static TimeSpan DrainWithin(TimeSpan phase, TimeSpan wanted)
    {
        var most = phase > Margin * 2 ? phase - Margin : phase / 2;
        return wanted < most ? wanted : most;
    }

    /// <summary>
    /// Returns a configuration with the timeout that the longest drain of all servers needs. Returns null when the timeout is
    /// already long enough, or when the program has set the timeout. Ignores settings that cannot be read, because the start of
    /// the server reports these settings.
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

    // Ignores a value that cannot be read, because Akka reports the value with its key when it creates CoordinatedShutdown.
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

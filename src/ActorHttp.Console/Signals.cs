using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// Handles the signals of the process. The first SIGINT, SIGTERM or SIGQUIT starts the drain, and a second one stops the process
/// at once. SIGHUP only writes a log entry. The runtime ignores SIGPIPE by itself.
/// </summary>
internal sealed class Signals(IHostApplicationLifetime lifetime, StandardStreams streams, Serilog.ILogger logger)
    : IHostLifetime, IDisposable
{
    private readonly SignalCount _count = new(TimeProvider.System);
    private readonly List<PosixSignalRegistration> _registrations = [];

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT })
            _registrations.Add(PosixSignalRegistration.Create(signal, OnEnd));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void OnEnd(PosixSignalContext context)
    {
        context.Cancel = true;
        switch (_count.Next())
        {
            case SignalMeaning.Drain:
                lifetime.StopApplication();
                break;
            case SignalMeaning.EndAtOnce:
                streams.Complain("A second signal: ending at once; connections that are still open are reset.");
                OpenSockets.ResetAtTheEnd();
                Environment.Exit(1);
                break;
        }
    }

    private void OnHangUp(PosixSignalContext context)
    {
        context.Cancel = true;
        logger.Information("SIGHUP: settings are read at the start only; restart the server to change them");
    }
}

using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Writing;

/// <summary>
/// Deletes uploads that were interrupted too long ago, and temporary files of a server that was killed. The actor searches all
/// folders, one at a time, at the start and then every hour. A link in the configured path of the root can change. In that case
/// the actor also searches the earlier root, as long as the earlier root exists.
/// </summary>
internal sealed class UploadSweepActor(FileRoot root, TimeSpan expiry, DiskSeat seat) : DiskActor(seat), IWithTimers
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Stack<string> _folders = new();
    private readonly HashSet<string> _roots = [];

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(FileRoot root, TimeSpan expiry, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(UploadSweepActor), root, expiry, seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.WritingDispatcher);

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(Sweep.Instance, Sweep.Instance, Interval);
        Self.Tell(Sweep.Instance);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Sweep when _folders.Count == 0:
                BeginSweep();
                break;
            case Sweep:
                break;
            case NextStep:
                Look(_folders.Pop());
                if (_folders.Count > 0)
                    ContinueWork();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void BeginSweep()
    {
        _roots.RemoveWhere(place => !Directory.Exists(place));
        _roots.Add(root.Now().Place);
        foreach (var place in _roots)
            _folders.Push(place);
        ContinueWork();
    }

    private void Look(string place)
    {
        try
        {
            using var folder = root.OpenFolder(place);
            if (folder is null)
                return;
            foreach (var (name, isFolder) in folder.Names())
            {
                if (isFolder)
                    _folders.Push(Path.Combine(place, name));
                else if (UploadFile.IsLeft(folder, name, DateTimeOffset.UtcNow - expiry))
                    folder.DeleteFile(name);
            }
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            _log.Debug("Uploads in {0} cannot be looked through: {1}", place, e.Message);
        }
    }

    private sealed class Sweep : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Sweep Instance = new();
    }
}

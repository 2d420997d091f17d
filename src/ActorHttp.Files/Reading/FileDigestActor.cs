using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using Akka.Actor;
using Akka.Event;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Reading;

/// <summary>
/// Tells the <see cref="FilesActor"/> that a <see cref="FileDigestActor"/> has ended. The digest is in the cache, or its
/// computation has failed.
/// </summary>
/// <param name="Job">The digest with its waiting requests.</param>
/// <param name="Fault">
/// The reason why there is no digest. Null when the digest is in the cache, or when no client waits for the digest any more.
/// </param>
internal sealed record DigestEnded(DigestJob Job, Exception? Fault) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Computes the digest of one file in steps, for all requests that wait for the digest. The actor ends early when no client waits
/// any more. When the client of the first request disconnects, the other clients still get the digest.
/// </summary>
internal sealed class FileDigestActor(DigestJob job, SafeFileHandle handle, long length, DigestCache cache, DiskSeat seat) : DiskActor(seat)
{
    private FileDigest? _digest;
    private bool _hasEnded;

    public static Props Props(DigestJob job, SafeFileHandle handle, long length, DigestCache cache, DiskSeat seat) =>
        Akka.Actor.Props.Create(typeof(FileDigestActor), job, handle, length, cache, seat)
            .WithDeploy(Deploy.Local)
            .WithDispatcher(FileSettings.ReadingDispatcher);

    protected override void PreStart()
    {
        _digest = new FileDigest(handle, length, job.Key.Algorithm);
        ContinueWork();
    }

    // Stops instead of restarting, because a restart with the parent would lose the hash so far. PostStop tells the parent.
    protected override void PreRestart(Exception reason, object message) => Context.Stop(Self);

    protected override void PostStop()
    {
        if (!_hasEnded)
            Context.Parent.Tell(new DigestEnded(job, new IOException("The digest could not be computed.")), Self);
        _digest?.Dispose();
        handle.Dispose();
        base.PostStop();
    }

    protected override void OnReceive(object message)
    {
        if (message is NextStep)
            Step();
        else
            Unhandled(message);
    }

    private void Step()
    {
        if (!job.IsWanted)
        {
            End(null);
            return;
        }

        try
        {
            if (_digest!.Step() is { } digest)
            {
                cache.Add(job.Key, digest);
                End(null);
            }
            else
            {
                ContinueWork();
            }
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            End(e);
        }
    }

    private void End(Exception? fault)
    {
        _hasEnded = true;
        Context.Parent.Tell(new DigestEnded(job, fault), Self);
        Context.Stop(Self);
    }
}

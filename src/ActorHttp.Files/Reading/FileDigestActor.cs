using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using Akka.Actor;
using Akka.Event;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Reading;

/// <summary>Sent by a <see cref="FileDigestActor"/> to the files actor when it ends: the digest is in the cache, or failed.</summary>
/// <param name="Job">The digest.</param>
/// <param name="Fault">Why there is no digest; null when there is one, or when no client waits for it any more.</param>
internal sealed record DigestEnded(DigestJob Job, Exception? Fault) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Computes the digest of one file, step by step, for all requests that wait for it. It ends early when no client waits any more. When
/// the client of the first request leaves, the others still get the digest.
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

    // The parent restarts its children with itself, and the hash so far would be lost. So this actor stops, and PostStop tells the parent.
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

using ActorHttp.Files.Storage;

namespace ActorHttp.Tests.Files.Storage;

/// <summary>Which places another machine or a program serves.</summary>
public sealed class RemoteMountsTests
{
    private const string Local = "25 1 254:0 / / rw,relatime - ext4 /dev/vda rw";

    [Theory]
    [InlineData("/srv/share", true)]
    [InlineData("/srv/share/file", true)]
    [InlineData("/srv/share/local/file", false)]
    [InlineData("/srv/shared/file", false)]
    [InlineData("/srv/file", false)]
    [InlineData("/srv/with blank/file", true)]
    [InlineData("/", false)]
    public void A_path_belongs_to_the_deepest_mount_above_it(string path, bool isRemote)
    {
        string[] table =
        [
            Local,
            "40 25 0:50 / /srv/share rw,relatime shared:7 - nfs4 host:/x rw",
            "41 40 254:1 / /srv/share/local rw - ext4 /dev/vdb rw",
            @"42 25 0:51 / /srv/with\040blank rw - fuse.sshfs host: rw",
        ];
        Assert.Equal(isRemote, new RemoteMounts(() => table, TimeProvider.System).Cover(path));
    }

    [Fact]
    public void The_last_of_two_mounts_at_one_place_counts()
    {
        var table = new List<string> { Local, "40 25 0:50 / /srv rw - nfs host:/x rw", "41 40 254:1 / /srv rw - ext4 /dev/vdb rw" };
        Assert.False(new RemoteMounts(() => table, TimeProvider.System).Cover("/srv/file"));
    }

    [Fact]
    public void A_new_mount_is_known_after_a_second()
    {
        var time = new Clock();
        var table = new List<string> { Local };
        var mounts = new RemoteMounts(() => table, time);
        Assert.False(mounts.Cover("/srv/file"));
        table.Add("40 25 0:50 / /srv rw - fuse x rw");
        Assert.False(mounts.Cover("/srv/file"));
        time.Now += TimeProvider.System.TimestampFrequency;
        Assert.True(mounts.Cover("/srv/file"));
    }

    [LinuxFact]
    public void The_table_of_this_machine_can_be_read() => Assert.False(new RemoteMounts().Cover("/proc/self/mountinfo"));

    [CachedOpenFact]
    public void What_lies_there_is_not_opened_on_a_thread_of_the_sockets()
    {
        using var files = new TemporaryDirectory();
        files.Add("file", "bytes");
        var mounts = new RemoteMounts(() => [Local, $"40 25 0:50 / {files.Path} rw - nfs4 host:/x rw"], TimeProvider.System);
        Assert.Throws<WouldWaitException>(() => new CachedRoot(files.Path, mounts).Open(FilePath.Parse("file", out _)!));
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long GetTimestamp() => Now;
    }
}

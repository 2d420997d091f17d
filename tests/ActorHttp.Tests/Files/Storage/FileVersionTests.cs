using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Tests.Files.Storage;

public sealed class FileVersionTests : IDisposable
{
    private readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_same_file_has_the_same_version_by_path_and_by_handle()
    {
        var root = FileRoot.At(_files.Path);
        File.SetLastWriteTimeUtc(_files.Add("file", "12345"), DateTime.UnixEpoch.AddDays(20_000));
        var path = FilePath.Parse("file", out _)!;
        using var opened = root.Open(path)!.Value;
        Assert.Equal(new FileStat(FileKind.File, new FileVersion(5, DateTimeOffset.UnixEpoch.AddDays(20_000))), opened.Stat);
        Assert.Equal(opened.Stat, root.Look(path));
        Assert.Equal(opened.Stat, root.LookAt(_files["file"]));
    }

    [Fact, Trait("RFC", "9110 §8.8.3")]
    public void The_tag_is_strong_and_changes_with_length_and_time()
    {
        var time = DateTimeOffset.UnixEpoch.AddDays(20_000);
        var version = new FileVersion(5, time);
        Assert.False(version.Tag.IsWeak);
        Assert.True(EntityTag.TryParse(version.Tag.ToString(), out _));
        Assert.Equal(version.Tag, new FileVersion(5, time).Tag);
        Assert.NotEqual(version.Tag, new FileVersion(6, time).Tag);
        Assert.NotEqual(version.Tag, new FileVersion(5, time.AddTicks(1)).Tag);
    }

    [Fact]
    public void An_upload_is_another_version_even_within_a_tick_of_the_clock_and_behind_a_file_of_the_future()
    {
        var root = FileRoot.At(_files.Path);
        var tags = new HashSet<EntityTag>();
        FileVersion? before = new FileVersion(4, DateTimeOffset.UtcNow.AddDays(1));
        for (var i = 0; i < 100; i++)
        {
            using var upload = new UploadFile(root, _files["file"], new UploadRules(false, true, 0));
            upload.Open(4);
            upload.Append("same"u8);
            before = upload.Commit(before);
            Assert.True(tags.Add(before.Value.Tag));
            Assert.Equal(before, root.LookAt(_files["file"])!.Value.Version);
        }
    }

    [Theory, Trait("RFC", "9110 §8.8.1")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void An_upload_that_was_changed_at_the_very_time_of_its_write_gets_another(int times)
    {
        var modified = new DateTimeOffset(File.GetLastWriteTimeUtc(_files.Add("file", "12345")), TimeSpan.Zero);
        using var folder = new FolderOfChances(_files.Path, times);
        Assert.Equal(modified.AddTicks(times), UploadFile.TellTimesApart(folder, "file", modified));
        Assert.Equal(modified.AddTicks(times), folder.Look("file")!.Value.Version.Modified);
    }

    [Fact]
    public void An_upload_in_whose_place_another_file_has_come_is_left_alone()
    {
        var modified = new DateTimeOffset(File.GetLastWriteTimeUtc(_files.Add("file", "12345")), TimeSpan.Zero);
        using var folder = new FolderOfChances(_files.Path, 1);
        Assert.Equal(modified.AddTicks(1), UploadFile.TellTimesApart(folder, "file", modified.AddTicks(1)));
        Assert.Equal(modified.UtcDateTime, File.GetLastWriteTimeUtc(_files["file"]));
    }

    [Fact, Trait("RFC", "9110 §8.8.1")]
    public void A_file_that_may_still_be_written_to_in_the_same_tick_has_a_weak_tag()
    {
        var now = DateTimeOffset.UnixEpoch.AddDays(20_000).AddMilliseconds(5);
        Assert.True(FileVersion.Seen(1, now, now, now.AddMilliseconds(10)).Tag.IsWeak);
        Assert.False(FileVersion.Seen(1, now, now, now.AddMilliseconds(21)).Tag.IsWeak);

        // Whose time was set: a write in this tick would set it back to what the other one is.
        Assert.False(FileVersion.Seen(1, now, now.AddMilliseconds(-3), now).Tag.IsWeak);

        // A file system with whole seconds has long ticks.
        var second = DateTimeOffset.UnixEpoch.AddDays(20_000);
        Assert.True(FileVersion.Seen(1, second, second, second.AddSeconds(1)).Tag.IsWeak);
        Assert.False(FileVersion.Seen(1, second, second, second.AddSeconds(3)).Tag.IsWeak);
    }

    [Fact, Trait("RFC", "9110 §8.8.2.1")]
    public void A_file_is_never_said_to_be_of_a_later_time_than_the_answer()
    {
        var now = DateTimeOffset.UnixEpoch.AddDays(20_000).AddMilliseconds(300);
        Assert.Equal(now.AddSeconds(-1), new FileVersion(1, now.AddYears(4)).Date(now));
        Assert.Equal(now, new FileVersion(1, now.AddTicks(1)).Date(now));
        Assert.Equal(now, new FileVersion(1, now.AddSeconds(1)).Date(now));
        Assert.Equal(now.AddYears(-4), new FileVersion(1, now.AddYears(-4)).Date(now));
    }

    [Fact, Trait("RFC", "9110 §8.8.2.2")]
    public void While_a_file_can_change_within_the_second_of_its_date_it_is_sent_with_the_second_before()
    {
        var written = DateTimeOffset.UnixEpoch.AddDays(20_000).AddMilliseconds(300);
        Assert.Equal(
            written.AddSeconds(-1), FileVersion.Seen(1, written, written, written.AddMilliseconds(600)).Date(written.AddMilliseconds(600)));
        Assert.Equal(written, FileVersion.Seen(1, written, written, written.AddMilliseconds(700)).Date(written.AddMilliseconds(700)));

        // A time that was set, as ours are: its next writer takes another second (UploadFile.TimeAfter).
        Assert.Equal(
            written,
            FileVersion.Seen(1, written, written.AddMilliseconds(-3), written.AddMilliseconds(600)).Date(written.AddMilliseconds(600)));

        // A file system that rounds to two seconds.
        var second = DateTimeOffset.UnixEpoch.AddDays(20_000);
        Assert.Equal(second.AddSeconds(-1), FileVersion.Seen(1, second, second, second.AddSeconds(1)).Date(second.AddSeconds(1)));
        Assert.Equal(second, FileVersion.Seen(1, second, second, second.AddSeconds(2)).Date(second.AddSeconds(2)));
    }

    [Theory, Trait("RFC", "9110 §8.8.2.1")]
    [InlineData(-1_300, 300)]
    [InlineData(-100, 1_300)]
    [InlineData(0, 1_300)]
    [InlineData(500, 1_300)]
    [InlineData(1_000, 1_300)]
    [InlineData(100_000_000, 1_300)]
    public void A_write_gets_another_second_than_what_may_have_been_sent_and_none_beyond_the_next(int beforeOffset, int expected)
    {
        var second = DateTimeOffset.UnixEpoch.AddDays(20_000);
        var now = second.AddMilliseconds(300);
        var before = now.AddMilliseconds(beforeOffset);
        var after = UploadFile.TimeAfter(new FileVersion(4, before), now);
        Assert.NotEqual(before, after);
        Assert.Equal(second.AddMilliseconds(expected).AddTicks(beforeOffset == 1_000 ? 1 : 0), after);
        Assert.Equal(now, UploadFile.TimeAfter(null, now));
    }

    [Fact, Trait("RFC", "9110 §8.8.3.3")]
    public void The_tag_of_a_neighbour_changes_with_either_of_the_two()
    {
        var time = DateTimeOffset.UnixEpoch.AddDays(20_000);
        var (file, coded) = (new FileVersion(5, time), new FileVersion(3, time));
        var tag = file.TagOf(coded, ContentCoding.Gzip);
        Assert.NotEqual(tag, file.Tag.For(ContentCoding.Gzip));
        Assert.NotEqual(tag, file.TagOf(coded, ContentCoding.Brotli));
        Assert.NotEqual(tag, file.TagOf(coded with { Length = 4 }, ContentCoding.Gzip));
        Assert.NotEqual(tag, (file with { Length = 6 }).TagOf(coded, ContentCoding.Gzip));
        Assert.True((file with { IsSettled = false }).TagOf(coded, ContentCoding.Gzip).IsWeak);
        Assert.True(file.TagOf(coded with { IsSettled = false }, ContentCoding.Gzip).IsWeak);
    }

    [Fact]
    public void Without_a_condition_everything_proceeds()
    {
        Assert.Equal(PreconditionOutcome.Proceed, FileVersion.Weigh(HttpHeaders.Empty, isRead: true, null, null, out _));
        Assert.Equal(PreconditionOutcome.Proceed, FileVersion.Weigh(HttpHeaders.Empty, null));
    }

    [Fact, Trait("RFC", "9110 §13.1.1")]
    public void A_condition_is_weighed_against_the_file_or_its_absence()
    {
        var version = new FileVersion(5, DateTimeOffset.UnixEpoch);
        var same = HttpHeaders.Of(("If-Match", version.Tag.ToString()));
        Assert.Equal(PreconditionOutcome.Proceed, FileVersion.Weigh(same, version));
        Assert.Equal(PreconditionOutcome.Failed, FileVersion.Weigh(same, null));
        var none = HttpHeaders.Of(("If-None-Match", "*"));
        Assert.Equal(PreconditionOutcome.Failed, FileVersion.Weigh(none, version));
        Assert.Equal(PreconditionOutcome.NotModified, FileVersion.Weigh(none, isRead: true, version.Tag, version.Modified, out _));
        Assert.Equal(PreconditionOutcome.Proceed, FileVersion.Weigh(none, null));
    }

    /// <summary>A folder in which the time of a file's last change is so many times that of its last write.</summary>
    private sealed class FolderOfChances(string place, int times) : Folder(place)
    {
        private readonly PortableFolder _folder = new(place);
        private int _times = times;

        public override long FreeSpace => _folder.FreeSpace;

        protected override SafeFileHandle? OpenToFlush() => throw new NotSupportedException();

        public override void GiveAccess(SafeFileHandle file, string name) => _folder.GiveAccess(file, name);

        public override FileStat? Look(string name)
        {
            var version = _folder.Look(name)!.Value.Version;
            var changed = _times-- > 0 ? version.Modified : version.Modified.AddTicks(1);
            return new FileStat(FileKind.File, FileVersion.Seen(version.Length, version.Modified, changed, changed));
        }

        public override SafeFileHandle Open(string name) => _folder.Open(name);

        public override SafeFileHandle Create(string name) => _folder.Create(name);

        public override void Move(string name, Folder to, string newName) => _folder.Move(name, to, newName);

        public override void DeleteFile(string name) => _folder.DeleteFile(name);

        public override void DeleteFolder(string name) => _folder.DeleteFolder(name);

        public override Folder Enter(string name, out bool isNew) => _folder.Enter(name, out isNew);

        public override IEnumerable<(string Name, bool IsFolder)> Names() => _folder.Names();

        public override IEnumerable<FolderEntry> Entries() => _folder.Entries();
    }
}

using ActorHttp.Files.Storage;

namespace ActorHttp.Tests.Files.Storage;

public sealed class UploadFileTests : IDisposable
{
    private readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Dispose();

    private UploadFile Upload(string target, bool flushToDisk = false, long minFreeSpace = 0) =>
        new(FileRoot.At(_files.Path), target, new UploadRules(flushToDisk, true, minFreeSpace));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_committed_is_the_file_and_nothing_beside_it(bool flushToDisk)
    {
        using var upload = Upload(_files["file"], flushToDisk);
        upload.Open(null);
        upload.Append("one "u8);
        upload.Append("two"u8);
        upload.Commit(null);
        Assert.Equal(["file"], _files.Entries);
        Assert.Equal("one two", File.ReadAllText(_files["file"]));
    }

    [Fact]
    public void Until_the_commit_the_old_bytes_are_there()
    {
        _files.Add("file", "old");
        using var upload = Upload(_files["file"]);
        upload.Open(3);
        upload.Append("new"u8);
        Assert.Equal("old", File.ReadAllText(_files["file"]));
        upload.Commit(null);
        Assert.Equal("new", File.ReadAllText(_files["file"]));
        Assert.Equal(["file"], _files.Entries);
    }

    [Fact]
    public void The_part_lies_beside_its_target_under_a_name_that_no_request_can_say()
    {
        Directory.CreateDirectory(_files["folder"]);
        using var upload = Upload(_files["folder/file"]);
        upload.Open(null);
        var part = Assert.Single(Directory.GetFiles(_files["folder"]));
        Assert.StartsWith(UploadFile.TemporaryPrefix, Path.GetFileName(part));
        Assert.Null(FilePath.Parse($"folder/{Path.GetFileName(part)}", out _));
    }

    [Fact]
    public void Folders_are_made_with_the_commit_and_not_before()
    {
        using var upload = Upload(_files["a/b/file"]);
        upload.Open(null);
        upload.Append("x"u8);
        Assert.False(Directory.Exists(_files["a"]));
        upload.Commit(null);
        Assert.Equal(["a", "a/b", "a/b/file"], _files.Entries);
    }

    [Fact]
    public void What_is_not_committed_leaves_nothing()
    {
        using (var upload = Upload(_files["a/b/file"]))
        {
            upload.Open(1000);
            upload.Append("half"u8);
        }

        Assert.Empty(_files.Entries);
    }

    [Fact]
    public void What_was_never_opened_leaves_nothing()
    {
        Upload(_files["file"]).Dispose();
        Assert.Empty(_files.Entries);
    }

    [Fact]
    public void A_commit_is_not_undone_by_the_disposal()
    {
        var upload = Upload(_files["file"]);
        upload.Open(null);
        upload.Commit(null);
        upload.Dispose();
        upload.Dispose();
        Assert.Equal(["file"], _files.Entries);
    }

    [Fact]
    public void A_commit_that_fails_leaves_the_part_to_the_disposal()
    {
        var upload = Upload(_files["file"]);
        upload.Open(null);

        // What was free when the request came has become a folder.
        Directory.CreateDirectory(_files["file"]);
        Assert.True(FileFault.Covers(Assert.ThrowsAny<Exception>(() => upload.Commit(null))));
        upload.Dispose();
        Assert.Equal(["file"], _files.Entries);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"Method\":\"PUT\"}")]
    [InlineData("no JSON")]
    public void What_is_no_ticket_is_none(string text) => Assert.Null(UploadTicket.From(System.Text.Encoding.UTF8.GetBytes(text)));

    // What a disk has free is not ours to set, so the rule asks for more than any disk has.
    [Fact]
    public void Space_that_must_stay_free_is_refused_before_a_byte_comes()
    {
        using (var upload = Upload(_files["file"], minFreeSpace: long.MaxValue / 2))
            Assert.Equal(507, FileFault.Answer(Assert.Throws<IOException>(() => upload.Open(null))).Status);
        Assert.Empty(_files.Entries);
    }

    [Theory]
    [InlineData(-2000)]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(3_600_000)]
    public void A_new_file_has_another_tag_than_the_old_one_and_another_date_than_clients_were_told(int oldInMilliseconds)
    {
        var now = DateTimeOffset.UtcNow;
        var old = new FileVersion(3, now.AddMilliseconds(oldInMilliseconds));
        using var upload = Upload(_files["file"]);
        upload.Open(null);
        upload.Append("new"u8);
        var version = upload.Commit(old);
        Assert.NotEqual(old.Tag, version.Tag);
        Assert.NotEqual(FileVersion.SecondOf(old.Date(now)), FileVersion.SecondOf(version.Modified));
        Assert.InRange(version.Modified, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddSeconds(1));

        // The file on the disk says the same.
        Assert.Equal(version.Modified.UtcDateTime, File.GetLastWriteTimeUtc(_files["file"]));
    }

    [Fact]
    public void More_than_the_disk_can_hold_is_refused_before_it_comes()
    {
        using (var upload = Upload(_files["file"]))
        {
            var fault = Assert.Throws<IOException>(() => upload.Open(long.MaxValue));
            Assert.Equal(507, FileFault.Answer(fault).Status);
        }

        Assert.Empty(_files.Entries);
    }
}

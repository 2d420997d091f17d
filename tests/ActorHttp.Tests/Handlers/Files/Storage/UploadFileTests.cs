using ActorHttp.Handlers.Files;

namespace ActorHttp.Tests.Handlers.Files;

public sealed class UploadTests : IDisposable
{
    private readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_committed_is_the_file_and_nothing_beside_it(bool flushToDisk)
    {
        using var upload = new Upload(_files["file"], flushToDisk);
        upload.Open(null);
        upload.Append("one "u8);
        upload.Append("two"u8);
        Assert.True(upload.Commit());
        Assert.Equal(["file"], _files.Entries);
        Assert.Equal("one two", File.ReadAllText(_files["file"]));
    }

    [Fact]
    public void Until_the_commit_the_old_bytes_are_there()
    {
        _files.Add("file", "old");
        using var upload = new Upload(_files["file"], flushToDisk: false);
        upload.Open(3);
        upload.Append("new"u8);
        Assert.Equal("old", File.ReadAllText(_files["file"]));
        Assert.False(upload.Commit());
        Assert.Equal("new", File.ReadAllText(_files["file"]));
        Assert.Equal(["file"], _files.Entries);
    }

    [Fact]
    public void The_part_lies_beside_its_target_under_a_name_that_no_request_can_say()
    {
        Directory.CreateDirectory(_files["folder"]);
        using var upload = new Upload(_files["folder/file"], flushToDisk: false);
        upload.Open(null);
        var part = Assert.Single(Directory.GetFiles(_files["folder"]));
        Assert.StartsWith(Upload.TemporaryPrefix, Path.GetFileName(part));
        Assert.Null(FilePath.Parse($"folder/{Path.GetFileName(part)}", out _));
    }

    [Fact]
    public void Folders_are_made_with_the_commit_and_not_before()
    {
        using var upload = new Upload(_files["a/b/file"], flushToDisk: false);
        upload.Open(null);
        upload.Append("x"u8);
        Assert.False(Directory.Exists(_files["a"]));
        upload.Commit();
        Assert.Equal(["a", "a/b", "a/b/file"], _files.Entries);
    }

    [Fact]
    public void What_is_not_committed_leaves_nothing()
    {
        using (var upload = new Upload(_files["a/b/file"], flushToDisk: false))
        {
            upload.Open(1000);
            upload.Append("half"u8);
        }

        Assert.Empty(_files.Entries);
    }

    [Fact]
    public void What_was_never_opened_leaves_nothing()
    {
        new Upload(_files["file"], flushToDisk: false).Dispose();
        Assert.Empty(_files.Entries);
    }

    [Fact]
    public void A_commit_is_not_undone_by_the_disposal()
    {
        var upload = new Upload(_files["file"], flushToDisk: false);
        upload.Open(null);
        upload.Commit();
        upload.Dispose();
        upload.Dispose();
        Assert.Equal(["file"], _files.Entries);
    }

    [Fact]
    public void A_commit_that_fails_leaves_the_part_to_the_disposal()
    {
        var upload = new Upload(_files["file"], flushToDisk: false);
        upload.Open(null);

        // What was free when the request came has become a folder.
        Directory.CreateDirectory(_files["file"]);
        Assert.True(FileFault.Covers(Assert.ThrowsAny<Exception>(() => upload.Commit())));
        upload.Dispose();
        Assert.Equal(["file"], _files.Entries);
    }

    [Fact]
    public void More_than_the_disk_can_hold_is_refused_before_it_comes()
    {
        using (var upload = new Upload(_files["file"], flushToDisk: false))
        {
            var fault = Assert.Throws<IOException>(() => upload.Open(long.MaxValue));
            Assert.Equal(507, FileFault.Answer(fault).Status);
        }

        Assert.Empty(_files.Entries);
    }
}

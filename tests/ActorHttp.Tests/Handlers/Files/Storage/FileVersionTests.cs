using ActorHttp.Handlers.Files;
using ActorHttp.Messages;
using ActorHttp.Semantics;

namespace ActorHttp.Tests.Handlers.Files;

public sealed class FileVersionTests : IDisposable
{
    private readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_same_file_has_the_same_version_by_path_and_by_handle()
    {
        var path = _files.Add("file", "12345");
        using var handle = File.OpenHandle(path);
        Assert.Equal(FileVersion.At(path), FileVersion.Of(handle));
        Assert.Equal(5, FileVersion.At(path)!.Value.Length);
    }

    [Fact]
    public void There_is_no_version_of_nothing_nor_of_a_folder()
    {
        Assert.Null(FileVersion.At(_files["absent"]));
        Assert.Null(FileVersion.At(_files.Path));
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
    public void An_upload_of_the_same_bytes_is_another_version()
    {
        var path = _files.Add("file", "same");
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddDays(20_000));
        var before = FileVersion.At(path)!.Value.Tag;
        using var upload = new Upload(path, flushToDisk: false);
        upload.Open(4);
        upload.Append("same"u8);
        upload.Commit();
        Assert.NotEqual(before, FileVersion.At(path)!.Value.Tag);
    }

    [Fact]
    public void Without_a_condition_everything_proceeds()
    {
        Assert.Equal(PreconditionOutcome.Proceed, FileVersion.Weigh(HttpHeaders.Empty, isRead: true, null, out _));
        Assert.Equal(PreconditionOutcome.Proceed, FileVersion.Weigh(HttpHeaders.Empty, isRead: false, null, out _));
    }

    [Fact, Trait("RFC", "9110 §13.1.1")]
    public void A_condition_is_weighed_against_the_file_or_its_absence()
    {
        var version = new FileVersion(5, DateTimeOffset.UnixEpoch);
        var same = HttpHeaders.Of(("If-Match", version.Tag.ToString()));
        Assert.Equal(PreconditionOutcome.Proceed, FileVersion.Weigh(same, isRead: false, version, out _));
        Assert.Equal(PreconditionOutcome.Failed, FileVersion.Weigh(same, isRead: false, null, out _));
        var none = HttpHeaders.Of(("If-None-Match", "*"));
        Assert.Equal(PreconditionOutcome.Failed, FileVersion.Weigh(none, isRead: false, version, out _));
        Assert.Equal(PreconditionOutcome.NotModified, FileVersion.Weigh(none, isRead: true, version, out _));
        Assert.Equal(PreconditionOutcome.Proceed, FileVersion.Weigh(none, isRead: false, null, out _));
    }
}

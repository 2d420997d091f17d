using ActorHttp.Files.Storage;

namespace ActorHttp.Tests.Files.Storage;

public sealed class FileFaultTests
{
    [Theory]
    [InlineData(28, 507)]
    [InlineData(122, 507)]
    [InlineData(69, 507)]
    [InlineData(unchecked((int)0x80070070), 507)]
    [InlineData(unchecked((int)0x80070027), 507)]
    [InlineData(30, 403)]
    [InlineData(24, 503)]
    [InlineData(23, 503)]
    [InlineData(5, 500)]
    [InlineData(40, 500)]
    public void An_error_of_the_system_becomes_the_status_that_it_means(int error, int status)
    {
        var fault = new IOException("whatever", error);
        Assert.True(FileFault.Covers(fault));
        var (answered, reason) = FileFault.Answer(fault);
        Assert.Equal(status, answered);
        Assert.Matches("^[^\n]+\\.$", reason);
    }

    [Fact]
    public void Names_and_rights_have_statuses_of_their_own()
    {
        Assert.Equal(404, FileFault.Answer(new FileNotFoundException()).Status);
        Assert.Equal(404, FileFault.Answer(new DirectoryNotFoundException()).Status);
        Assert.Equal(400, FileFault.Answer(new PathTooLongException()).Status);
        Assert.Equal(403, FileFault.Answer(new UnauthorizedAccessException()).Status);
    }

    [Fact]
    public void What_is_not_the_file_systems_is_left_to_supervision()
    {
        Assert.False(FileFault.Covers(new InvalidOperationException()));
        Assert.False(FileFault.Covers(new NullReferenceException()));
        Assert.True(FileFault.Covers(new UnauthorizedAccessException()));
    }

    [LinuxFact]
    public void A_full_disk_is_507_as_the_system_says_it()
    {
        // /dev/full answers every write as a full disk does. Our own uploads cannot go there (they begin with a new file
        // beside the target), so this shows that what .NET makes of ENOSPC is what we look for.
        using var full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);
        var fault = Assert.ThrowsAny<Exception>(() => RandomAccess.Write(full, "x"u8, 0));
        Assert.True(FileFault.Covers(fault));
        Assert.Equal(507, FileFault.Answer(fault).Status);
    }
}

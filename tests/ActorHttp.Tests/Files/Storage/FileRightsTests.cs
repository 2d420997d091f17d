using System.Buffers.Binary;
using ActorHttp.Files.Storage;

namespace ActorHttp.Tests.Files.Storage;

/// <summary>Who may do what with a file that was uploaded, with a part of one, and with its ticket.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class FileRightsTests : IDisposable
{
    private const int Owner = 54_321;
    private const int Group = 65_432;

    private readonly TemporaryDirectory _files = new();

    public static TheoryData<string> Kinds => RootKindsTests.Kinds;

    public void Dispose() => _files.Dispose();

    [UnixTheory, MemberData(nameof(Kinds))]
    public void A_part_and_its_ticket_are_private_and_do_not_tell_the_identifier(string kind)
    {
        using var upload = Upload(kind);
        var id = upload.NewId();
        upload.Open(null, new UploadTicket("PUT", "file", null, []));
        Assert.Equal(2, _files.Entries.Count);
        foreach (var name in _files.Entries)
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_files[name]));
            Assert.DoesNotContain(id, name, StringComparison.Ordinal);
            Assert.DoesNotContain(id, File.ReadAllText(_files[name]), StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void What_was_left_is_found_by_its_identifier_and_not_by_its_name(string kind)
    {
        string id;
        using (var upload = Upload(kind))
        {
            id = upload.NewId();
            upload.Open(null, new UploadTicket("PUT", upload.Target, null, []));
            upload.Append("half"u8);
            upload.Leave();
        }

        var name = _files.Entries.Single(entry => !entry.EndsWith(".json", StringComparison.Ordinal));
        using var other = Upload(kind);
        Assert.False(other.Resume(name[UploadFile.TemporaryPrefix.Length..]));
        Assert.False(other.Resume(name[UploadFile.TemporaryPrefix.Length..][..id.Length]));
        Assert.True(other.Resume(id));
        Assert.Equal(4, other.Length);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Parts_of_earlier_versions_go_when_they_are_too_old(string kind)
    {
        var old = UploadFile.TemporaryPrefix + new string('a', 32);
        foreach (var name in new[] { old, old + ".json", UploadFile.TemporaryName("x"), UploadFile.TemporaryName("x") + ".json" })
        {
            _files.Add(name, "x");
            File.SetLastWriteTimeUtc(_files[name], DateTime.UtcNow.AddDays(-2));
        }

        using (var folder = Root(kind).OpenFolder(_files.Path)!)
            Assert.All(_files.Entries, name => Assert.True(UploadFile.IsLeft(folder, name, DateTimeOffset.UtcNow.AddDays(-1))));

        // A ticket stays while bytes come.
        File.SetLastWriteTimeUtc(_files[UploadFile.TemporaryName("x")], DateTime.UtcNow);
        using (var folder = Root(kind).OpenFolder(_files.Path)!)
            Assert.False(UploadFile.IsLeft(folder, UploadFile.TemporaryName("x") + ".json", DateTimeOffset.UtcNow.AddDays(-1)));
    }

    [UnixTheory, MemberData(nameof(Kinds))]
    public void A_new_file_has_the_mode_of_any_programs_new_file(string kind)
    {
        File.WriteAllText(_files["other"], "x");
        Store(kind);
        Assert.Equal(File.GetUnixFileMode(_files["other"]), File.GetUnixFileMode(_files["file"]));
        Assert.Equal(["file", "other"], _files.Entries);
    }

    [UnixTheory, MemberData(nameof(Kinds))]
    public void A_replaced_file_keeps_its_mode_but_for_what_would_run_other_bytes_as_another_user(string kind)
    {
        foreach (
            var (before, after) in new[]
            {
                (0x180, 0x180), (0x1A4, 0x1A4), (0x1ED, 0x1ED), (0x1B6, 0x1B6), (0x100, 0x100), (0x9ED, 0x1ED), (0xDED, 0x1ED),
            })
        {
            File.WriteAllText(_files["file"], "old");
            File.SetUnixFileMode(_files["file"], (UnixFileMode)before);
            Store(kind);
            Assert.Equal((UnixFileMode)after, File.GetUnixFileMode(_files["file"]));
            File.Delete(_files["file"]);
        }
    }

    [RootFact]
    public void A_replaced_file_keeps_its_owner_and_its_group_where_that_is_permitted()
    {
        foreach (var kind in new[] { "openat2", "name by name" })
        {
            File.WriteAllText(_files["file"], "old");
            using (var handle = File.OpenHandle(_files["file"], access: FileAccess.ReadWrite))
                Assert.True(LibC.TryChangeOwner((int)handle.DangerousGetHandle(), Owner, Group));
            File.SetUnixFileMode(_files["file"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            Store(kind);
            using (var handle = File.OpenHandle(_files["file"]))
                Assert.Equal(new UnixRights(0x1A0, Owner, Group), LibC.RightsOf((int)handle.DangerousGetHandle()));
            File.Delete(_files["file"]);
        }
    }

    [Theory]
    [InlineData(0x1B0, 0x180)] // 0660: the new group had nothing
    [InlineData(0x1A4, 0x1A4)] // 0644: both had the same
    [InlineData(0x1B4, 0x1A4)] // 0664: both get what both had
    [InlineData(0x184, 0x180)] // 0604: the group was shut out, and its members would be among the others
    [InlineData(0x9ED, 0x1ED)] // 04755
    public void Where_the_group_is_another_nobody_gains(int mode, int expected) =>
        Assert.Equal(expected, FileRights.Kept(mode, keepsGroup: false));

    [LinuxFact]
    public void An_access_list_is_kept_and_a_default_list_is_followed()
    {
        var list = List((0x01, 6), (0x02, 6), (0x04, 0), (0x10, 6), (0x20, 0));
        _files.Add("file", "old");
        using (var handle = File.OpenHandle(_files["file"], access: FileAccess.ReadWrite))
        {
            // Not on every file system.
            if (!LibC.TrySetAttribute((int)handle.DangerousGetHandle(), "system.posix_acl_access", list))
                return;
        }

        Store("openat2");
        Assert.Equal(0, LibC.TryGetAttribute(_files["file"], "system.posix_acl_access", out var kept));
        Assert.Equal(list, kept);
    }

    [Fact]
    public void The_list_of_a_new_file_is_the_default_list_without_the_right_to_run()
    {
        Assert.Equal(
            List((0x01, 6), (0x02, 7), (0x04, 5), (0x10, 6), (0x20, 4)),
            FileRights.OfNewFile(List((0x01, 7), (0x02, 7), (0x04, 5), (0x10, 7), (0x20, 5))));
        Assert.Equal(List((0x01, 6), (0x04, 4), (0x20, 0)), FileRights.OfNewFile(List((0x01, 7), (0x04, 5), (0x20, 0))));
    }

    private static byte[] List(params (int Tag, int Rights)[] entries)
    {
        var list = new byte[4 + (8 * entries.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(list, 2);
        for (var i = 0; i < entries.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(list.AsSpan(4 + (8 * i)), (ushort)entries[i].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(list.AsSpan(6 + (8 * i)), (ushort)entries[i].Rights);
            BinaryPrimitives.WriteInt32LittleEndian(list.AsSpan(8 + (8 * i)), entries[i].Tag == 0x02 ? 12_345 : -1);
        }

        return list;
    }

    private void Store(string kind)
    {
        using var upload = Upload(kind);
        upload.Open(null);
        upload.Append("new"u8);
        upload.Commit(null);
        Assert.Equal("new", File.ReadAllText(_files["file"]));
    }

    private UploadFile Upload(string kind) => new(Root(kind), _files["file"], new UploadRules(false, true, 0));

    private FileRoot Root(string kind) => RootKindsTests.RootOf(kind, _files.Path);
}

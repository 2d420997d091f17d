using ActorHttp.Files.Storage;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Tests.Files.Storage;

/// <summary>Each way to open files, against everything that there can be at a path: they differ in nothing that a client sees.</summary>
public sealed class RootKindsTests : IDisposable
{
    private readonly TemporaryDirectory _files = new("root");

    public RootKindsTests()
    {
        _files.Add("inside/file", "inside");
        _files.Add("../outside/file", "outside");
        Link("link", "inside/file");
        Link("folder-link", "inside");
        Link("absolute", _files["inside/file"]);
        Link("chain", "chained");
        Link("chained", "folder-link/file");
        Link("out", "../outside/file");
        Link("out-folder", "../outside");
        Link("out-chain", "out");
        Link("loop", "looped");
        Link("looped", "loop");
        Link("dangling", "inside/not-there");
    }

    public static TheoryData<string> Kinds => OperatingSystem.IsLinux() ? new("openat2", "name by name", "portable") : new("portable");

    public void Dispose() => _files.Dispose();

    [Theory, MemberData(nameof(Kinds))]
    public void A_file_is_opened_however_a_link_inside_leads_to_it(string kind)
    {
        foreach (var name in new[] { "inside/file", "link", "folder-link/file", "absolute", "chain" })
        {
            using var opened = RootOf(kind).Open(PathOf(name)) ?? throw new InvalidOperationException($"{name} is outside.");
            Assert.Equal((FileKind.File, 6L), (opened.Stat.Kind, opened.Stat.Version.Length));
            var bytes = new byte[10];
            Assert.Equal("inside"u8, bytes.AsSpan(0, RandomAccess.Read(opened.Handle, bytes, 0)));
            Assert.Equal(File.GetLastWriteTimeUtc(_files["inside/file"]), opened.Stat.Version.Modified.UtcDateTime);
            Assert.Equal(opened.Stat.Version.Tag, RootOf(kind).Look(PathOf(name))!.Value.Version.Tag);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_folder_is_opened_as_one(string kind)
    {
        foreach (var name in new[] { "", "inside", "inside/", "folder-link", "folder-link/" })
        {
            using var opened = RootOf(kind).Open(PathOf(name)) ?? throw new InvalidOperationException($"{name} is outside.");
            Assert.Equal(FileKind.Directory, opened.Stat.Kind);
            Assert.Equal(FileKind.Directory, RootOf(kind).Look(PathOf(name))!.Value.Kind);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void What_is_outside_is_neither_opened_nor_looked_at(string kind)
    {
        foreach (var name in new[] { "out", "out-folder", "out-folder/file", "out-folder/not-there", "out-chain" })
        {
            Assert.Null(RootOf(kind).Open(PathOf(name)));
            Assert.Null(RootOf(kind).Look(PathOf(name)));
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void What_is_not_there_is_404(string kind)
    {
        foreach (var name in new[] { "not-there", "not/there", "inside/file/below", "link/below", "dangling", "inside/not-there" })
        {
            AssertAbsent(() => RootOf(kind).Open(PathOf(name)));
            Assert.Null(RootOf(kind).Look(PathOf(name)));
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_loop_of_links_is_404(string kind)
    {
        foreach (var name in new[] { "loop", "looped", "loop/below" })
        {
            AssertAbsent(() => RootOf(kind).Open(PathOf(name)));
            AssertAbsent(() => RootOf(kind).Look(PathOf(name)));
        }
    }

    [LinuxTheory, MemberData(nameof(Kinds))]
    public void A_pipe_is_opened_without_waiting_for_who_writes(string kind)
    {
        using (var made = System.Diagnostics.Process.Start("mkfifo", [_files["pipe"]]))
            made.WaitForExit();

        // Where .NET's own means must do an open would wait: somebody has it open here.
        using var writer = kind == "portable" ? File.OpenHandle(_files["pipe"], access: FileAccess.ReadWrite) : new SafeFileHandle();
        using var opened = RootOf(kind).Open(PathOf("pipe"))!.Value;
        Assert.Equal(FileKind.Other, opened.Stat.Kind);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_folder_is_opened_by_its_place_alone(string kind)
    {
        var root = RootOf(kind);
        using (var folder = root.OpenFolder(root.Place))
            Assert.NotNull(folder);
        using (var folder = root.OpenFolder(_files["inside"])!)
        {
            Assert.Equal(["file"], folder.Entries().Select(entry => entry.Name));
            Assert.Equal([("file", false)], folder.Names());
            Assert.Equal((FileKind.File, 6L), (folder.Look("file")!.Value.Kind, folder.Look("file")!.Value.Version.Length));
            Assert.Null(folder.Look("not-there"));
        }

        Assert.Null(root.OpenFolder(_files["not-there"]));
        Assert.Null(root.OpenFolder(_files["inside/file"]));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_place_is_never_a_link(string kind)
    {
        var root = RootOf(kind);
        foreach (var name in new[] { "folder-link", "out-folder", "loop", "out" })
        {
            // A link that has come in the way since the place was located.
            using var folder = root.OpenFolder(_files[name]);
            Assert.Null(folder);
            Assert.Equal(FileKind.Link, root.LookAt(_files[name])!.Value.Kind);
        }

        Assert.Null(root.LookAt(_files["out-folder/file"]));
        Assert.Null(root.LookAt(_files["folder-link/file"]));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_place_is_looked_at(string kind)
    {
        var root = RootOf(kind);
        Assert.Equal(FileKind.Directory, root.LookAt(root.Place)!.Value.Kind);
        Assert.Equal(FileKind.Directory, root.LookAt(_files["inside"])!.Value.Kind);
        Assert.Equal(
            (FileKind.File, 6L),
            (root.LookAt(_files["inside/file"])!.Value.Kind, root.LookAt(_files["inside/file"])!.Value.Version.Length));
        Assert.Null(root.LookAt(_files["not-there"]));
        Assert.Null(root.LookAt(_files["not/there"]));
        Assert.Null(root.LookAt(_files["inside/file/below"]));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_place_of_an_entry_is_that_of_a_link_itself(string kind)
    {
        var root = RootOf(kind);
        foreach (var name in new[] { "link", "folder-link", "chain", "out", "loop", "dangling", "inside/file", "not-there" })
            Assert.Equal(_files[name], root.LocateEntry(PathOf(name)));
        Assert.Equal(_files["inside/file"], root.LocateEntry(PathOf("folder-link/file")));
        Assert.Equal(root.Place, root.LocateEntry(PathOf("")));
        Assert.Null(root.LocateEntry(PathOf("out-folder/file")));
        AssertAbsent(() => root.LocateEntry(PathOf("loop/below")));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void What_a_link_names_is_removed_by_the_writer_of_its_target_and_a_link_without_one_by_its_own(string kind)
    {
        var root = RootOf(kind);
        foreach (var name in new[] { "link", "chain", "absolute", "folder-link/file", "inside/file" })
            Assert.Equal(_files["inside/file"], root.LocateRemoval(PathOf(name)));
        Assert.Equal(_files["inside/not-there"], root.LocateRemoval(PathOf("dangling")));
        foreach (var name in new[] { "out", "out-folder", "out-chain", "loop" })
            Assert.Equal(_files[name], root.LocateRemoval(PathOf(name)));
        Assert.Null(root.LocateRemoval(PathOf("out-folder/file")));
        AssertAbsent(() => root.LocateRemoval(PathOf("loop/below")));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_link_is_removed_itself(string kind)
    {
        foreach (var name in new[] { "link", "folder-link", "absolute", "out", "out-folder", "loop", "dangling" })
        {
            using (var folder = RootOf(kind).OpenFolder(_files.Path)!)
                folder.DeleteFile(name);
            Assert.False(Path.Exists(_files[name]) || new FileInfo(_files[name]).LinkTarget is not null);
        }

        Assert.Equal("inside", File.ReadAllText(_files["inside/file"]));
        Assert.Equal("outside", File.ReadAllText(_files["../outside/file"]));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_configured_name_is_resolved_anew_each_time(string kind)
    {
        _files.Add("../r1/file", "one");
        _files.Add("../r2/file", "two2");
        File.CreateSymbolicLink(_files["../current"], "r1");
        var root = RootOf(kind, _files["../current"]);
        Assert.Equal(_files["../r1"], root.Place);
        Assert.Same(root, root.Now());
        Assert.True(root.IsCurrent);

        File.Delete(_files["../current"]);
        File.CreateSymbolicLink(_files["../current"], "r2");
        Assert.False(root.IsCurrent);
        Assert.Equal(3, root.Look(PathOf("file"))!.Value.Version.Length);
        Assert.Equal(_files["../r2"], root.Now().Place);
        Assert.Equal(4, root.Now().Look(PathOf("file"))!.Value.Version.Length);

        File.Delete(_files["../current"]);
        Assert.False(root.Now().Exists);
        File.CreateSymbolicLink(_files["../current"], "current");
        Assert.False(root.Now().Exists);
        File.Delete(_files["../current"]);
        Directory.CreateDirectory(_files["../current"]);
        Assert.Equal(_files["../current"], root.Now().Place);
        Assert.True(root.Now().Exists);
    }

    internal static FileRoot RootOf(string kind, string directory) => kind switch
    {
        "openat2" => new LinuxRoot(directory),
        "name by name" => new LinuxRoot(directory, usesOpenAt2: false),
        _ => new PortableRoot(directory),
    };

    private FileRoot RootOf(string kind) => RootOf(kind, _files.Path);

    private static FilePath PathOf(string path) => FilePath.Parse(path, out _)!;

    private static void AssertAbsent(Func<object?> act) =>
        Assert.Equal(404, FileFault.Answer(Assert.ThrowsAny<IOException>(() => act())).Status);

    private void Link(string name, string target) => File.CreateSymbolicLink(_files[name], target);
}

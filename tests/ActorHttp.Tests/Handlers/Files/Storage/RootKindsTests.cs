using ActorHttp.Handlers.Files.Storage;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Tests.Handlers.Files.Storage;

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

    [Theory, MemberData(nameof(Kinds))]
    public void A_pipe_is_opened_without_waiting_for_who_writes(string kind)
    {
        if (!OperatingSystem.IsLinux())
            return;
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
        Assert.Equal((FileKind.File, 6L), (root.LookAt(_files["inside/file"])!.Value.Kind, root.LookAt(_files["inside/file"])!.Value.Version.Length));
        Assert.Null(root.LookAt(_files["not-there"]));
        Assert.Null(root.LookAt(_files["not/there"]));
        Assert.Null(root.LookAt(_files["inside/file/below"]));
    }

    private FileRoot RootOf(string kind) => kind switch
    {
        "openat2" => new LinuxRoot(_files.Path),
        "name by name" => new LinuxRoot(_files.Path, usesOpenAt2: false),
        _ => new PortableRoot(_files.Path),
    };

    private static FilePath PathOf(string path) => FilePath.Parse(path, out _)!;

    private static void AssertAbsent(Func<object?> act) =>
        Assert.Equal(404, FileFault.Answer(Assert.ThrowsAny<IOException>(() => act())).Status);

    private void Link(string name, string target) => File.CreateSymbolicLink(_files[name], target);
}

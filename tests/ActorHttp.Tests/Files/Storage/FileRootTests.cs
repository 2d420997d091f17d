using ActorHttp.Files.Storage;

namespace ActorHttp.Tests.Files.Storage;

public sealed class FileRootTests : IDisposable
{
    private readonly TemporaryDirectory _files = new("root");
    private readonly FileRoot _root;

    public FileRootTests()
    {
        _files.Add("inside/file", "inside");
        _files.Add("../outside/file", "outside");
        _root = FileRoot.At(_files.Path);
    }

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("inside/file")]
    [InlineData("inside")]
    [InlineData("inside/")]
    [InlineData("")]
    [InlineData("not-there")]
    [InlineData("not/there/at/all")]
    public void A_path_without_links_is_where_it_says(string path) =>
        Assert.Equal(_files[path.TrimEnd('/')], Locate(path));

    [Theory]
    [InlineData("inside/file")]
    [InlineData("./inside/../inside/file")]
    public void A_link_that_stays_inside_is_followed(string target)
    {
        Link("link", target);
        Assert.Equal(_files["inside/file"], Locate("link"));
    }

    [Fact]
    public void An_absolute_link_that_stays_inside_is_followed()
    {
        Link("link", _files["inside"]);
        Assert.Equal(_files["inside/file"], Locate("link/file"));
        Assert.Equal(_files["inside/new"], Locate("link/new"));
    }

    [Theory]
    [InlineData("../outside/file")]
    [InlineData("../outside")]
    [InlineData("..")]
    [InlineData("../..")]
    [InlineData("inside/../../outside/file")]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    [InlineData("/no/such/place")]
    [InlineData("../not-there")]
    public void A_link_that_leads_out_is_nowhere(string target)
    {
        Link("link", target);
        Assert.Null(Locate("link"));
        Assert.Null(Locate("link/file"));
        Assert.Null(Locate("link/deeper/file"));
    }

    [Fact]
    public void A_link_is_relative_to_its_own_folder()
    {
        Link("inside/up", "../inside/file");
        Link("inside/out", "../../outside/file");
        Assert.Equal(_files["inside/file"], Locate("inside/up"));
        Assert.Null(Locate("inside/out"));
    }

    [Fact]
    public void A_chain_of_links_counts_by_its_end()
    {
        Link("a", "b");
        Link("b", "c");
        Link("c", "inside/file");
        Link("x", "y");
        Link("y", "../outside/file");
        Assert.Equal(_files["inside/file"], Locate("a"));
        Assert.Null(Locate("x"));
    }

    [Fact]
    public void A_link_out_and_in_again_is_inside()
    {
        Link("link", "../root/inside/file");
        Assert.Equal(_files["inside/file"], Locate("link"));
    }

    [Fact]
    public void A_neighbour_whose_name_begins_like_the_root_is_outside()
    {
        _files.Add("../root-but-not-quite/file", "outside");
        Link("link", "../root-but-not-quite/file");
        Assert.Null(Locate("link"));
    }

    [Fact]
    public void A_loop_of_links_is_an_error_of_the_file_system()
    {
        Link("self", "self");
        Link("a", "b");
        Link("b", "a");
        Assert.True(FileFault.Covers(Assert.ThrowsAny<Exception>(() => Locate("self"))));
        Assert.True(FileFault.Covers(Assert.ThrowsAny<Exception>(() => Locate("a/file"))));
    }

    [Fact]
    public void A_dangling_link_is_the_place_that_it_names()
    {
        Link("link", "inside/new");
        Assert.Equal(_files["inside/new"], Locate("link"));
    }

    [Fact]
    public void A_root_may_itself_be_a_link()
    {
        Directory.CreateSymbolicLink(_files["../alias"], _files.Path);
        var root = FileRoot.At(_files["../alias"]);
        Assert.Equal(_files["inside/file"], root.Locate(FilePath.Parse("inside/file", out _)!));
        Link("link", "inside/file");
        Assert.Equal(_files["inside/file"], root.Locate(FilePath.Parse("link", out _)!));
    }

    [Fact]
    public void A_root_may_be_the_root_of_all()
    {
        var root = FileRoot.At(System.IO.Path.GetPathRoot(_files.Path)!);
        var path = _files["inside/file"];
        Assert.Equal(path, root.Locate(FilePath.Parse(path.TrimStart('/'), out _)!));
    }

    public static TheoryData<string> Kinds => OperatingSystem.IsLinux() ? ["openat2", "walk", "portable"] : ["portable"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_opened_is_what_is_there(string kind)
    {
        var root = Root(kind);
        Link("link", "inside");
        using (var file = Open(root, "inside/file")!.Value)
            Assert.Equal((FileKind.File, 6), (file.Stat.Kind, file.Stat.Version.Length));
        using (var file = Open(root, "link/file")!.Value)
            Assert.Equal("inside", Read(file));
        using (var folder = Open(root, "inside")!.Value)
            Assert.Equal(FileKind.Directory, folder.Stat.Kind);
        using (var folder = Open(root, "link")!.Value)
            Assert.Equal(FileKind.Directory, folder.Stat.Kind);
        Assert.Equal(FileKind.File, root.Look(Path("link/file"))!.Value.Kind);
        Assert.Null(root.Look(Path("inside/absent")));
        Assert.Null(root.Look(Path("absent/file")));
        Assert.Null(root.Look(Path("inside/file/below")));
        Assert.Equal(FileKind.Link, root.LookAt(_files["link"])!.Value.Kind);
        Assert.Equal(FileKind.Directory, root.LookAt(_files.Path)!.Value.Kind);
        foreach (var path in new[] { "absent", "absent/file", "inside/file/below" })
            Assert.True(FileFault.Answer(Assert.ThrowsAny<IOException>(() => Open(root, path))).Status == 404);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_links_lead_out_of_the_root_is_not_opened_looked_at_or_entered(string kind)
    {
        var root = Root(kind);
        Link("folder", "../outside");
        Link("file", _files["../outside/file"]);
        Link("inside/back", "../folder/file");
        foreach (var path in new[] { "folder", "folder/file", "file", "inside/back" })
        {
            Assert.Null(Open(root, path));
            Assert.Null(root.Look(Path(path)));
        }

        Link("self", "self");
        Assert.Equal(404, FileFault.Answer(Assert.ThrowsAny<IOException>(() => Open(root, "self"))).Status);

        // A place is one without links. One that has become a link since is not entered by it.
        Assert.Null(root.OpenFolder(_files["folder"]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_folder_is_worked_in_by_its_handle(string kind)
    {
        var root = Root(kind);
        using var folder = root.OpenFolder(_files["inside"])!;
        using (var handle = folder.Create("new"))
            RandomAccess.Write(handle, "text"u8, 0);
        Assert.ThrowsAny<IOException>(() => folder.Create("new"));
        using (var deep = folder.Enter("deep", out var isNew))
        {
            Assert.True(isNew);
            folder.Move("new", deep, "moved");
            Assert.Equal(["moved"], deep.Names().Select(entry => entry.Name));
            Assert.Equal(409, FileFault.Answer(Assert.ThrowsAny<IOException>(() => folder.DeleteFolder("deep"))).Status);
            deep.DeleteFile("moved");
            Assert.Equal(404, FileFault.Answer(Assert.ThrowsAny<IOException>(() => deep.DeleteFile("moved"))).Status);
        }

        folder.Enter("deep", out var again).Dispose();
        Assert.False(again);
        Assert.Equal([("deep", true), ("file", false)], folder.Names().Order());
        Assert.Equal([FileKind.Directory, FileKind.File], folder.Entries().OrderBy(entry => entry.Name).Select(entry => entry.Stat.Kind));
        folder.DeleteFolder("deep");
        Assert.True(folder.FreeSpace > 0);
        Assert.Null(root.OpenFolder(_files["inside/file"]));
        Assert.Null(root.OpenFolder(_files["absent"]));
        using var nearest = root.OpenNearestFolder(_files["inside/a/b/c"]);
        Assert.Equal(_files["inside"], nearest.Place);
    }

    private FileRoot Root(string kind) => kind switch
    {
        "openat2" => new LinuxRoot(_files.Path),
        "walk" => new LinuxRoot(_files.Path, usesOpenAt2: false),
        _ => new PortableRoot(_files.Path),
    };

    private static FilePath Path(string path) => FilePath.Parse(path, out _)!;

    private static OpenedFile? Open(FileRoot root, string path) => root.Open(Path(path));

    private static string Read(OpenedFile file)
    {
        var bytes = new byte[file.Stat.Version.Length];
        return System.Text.Encoding.UTF8.GetString(bytes.AsSpan(0, RandomAccess.Read(file.Handle, bytes, 0)));
    }

    private string? Locate(string path) => _root.Locate(Path(path));

    private void Link(string name, string target) => File.CreateSymbolicLink(_files[name], target);
}

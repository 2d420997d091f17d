using ActorHttp.Handlers.Files.Storage;

namespace ActorHttp.Tests.Handlers.Files.Storage;

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
        var root = FileRoot.At(Path.GetPathRoot(_files.Path)!);
        var path = _files["inside/file"];
        Assert.Equal(path, root.Locate(FilePath.Parse(path.TrimStart('/'), out _)!));
    }

    private string? Locate(string path) => _root.Locate(FilePath.Parse(path, out _)!);

    private void Link(string name, string target) => File.CreateSymbolicLink(_files[name], target);
}

using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Xml.Linq;
using ActorHttp.Tests.Architecture;

namespace ActorHttp.Tests.Packages;

/// <summary>
/// The packages, made once for all tests of the class, of what is built already. Each run has a version of its own, because NuGet keeps
/// what it has unpacked by version; the run removes what NuGet has kept of it.
/// </summary>
public sealed class PackedPackages : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly TemporaryDirectory _folder = new();

    public static IReadOnlyList<string> Names { get; } = ["ActorHttp", "ActorHttp.Files", "ActorHttp.Console"];

    /// <summary>Lower than the version of the sources, so that no program takes it by mistake.</summary>
    public string Version { get; } = $"0.0.1-test{DateTime.UtcNow.Ticks.ToString(CultureInfo.InvariantCulture)}";

    // Debug or Release, as the tests are built.
    private static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    public async Task InitializeAsync()
    {
        // The versions of project references are read from restored files. So the version must be in each project.
        foreach (var name in Names)
        {
            await RunAsync(
                "pack", Path.Combine(RoomTests.AllSources, name), "--no-build", "--configuration", Configuration, "--output", _folder.Path,
                $"-p:PackageVersion={Version}", $"-p:NuspecOutputPath={_folder["nuspec"]}");
        }
    }

    public Task DisposeAsync()
    {
        foreach (
            var folder in Directory.EnumerateFiles(
                _folder.Path, "project.assets.json", SearchOption.AllDirectories).SelectMany(PackageFolders).Distinct())
        {
            foreach (var package in Names.Select(name => Path.Combine(folder, name.ToLowerInvariant())).Where(Directory.Exists))
            {
                if (Directory.Exists(Path.Combine(package, Version)))
                    Directory.Delete(Path.Combine(package, Version), recursive: true);
                if (!Directory.EnumerateFileSystemEntries(package).Any())
                    Directory.Delete(package);
            }
        }

        _folder.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Opens a package.</summary>
    internal ZipArchive Open(string name) => ZipFile.OpenRead(_folder[$"{name}.{Version}.nupkg"]);

    /// <summary>The metadata of a package.</summary>
    internal XElement Nuspec(string name)
    {
        using var package = Open(name);
        using var nuspec = package.GetEntry($"{name}.nuspec")!.Open();
        var root = XDocument.Load(nuspec).Root!;

        // Each version of the format has a namespace of its own.
        foreach (var element in root.DescendantsAndSelf())
            element.Name = element.Name.LocalName;
        return root.Element("metadata")!;
    }

    /// <summary>
    /// Writes a program into a folder of its own beside the packages, and builds it as its author would, warnings as errors.
    /// </summary>
    internal async Task BuildAsync(string name, string project, params (string Name, string Text)[] sources)
    {
        _folder.Add("Directory.Build.props", "<Project />");
        _folder.Add("Directory.Packages.props", "<Project />");
        _folder.Add("nuget.config", """<configuration><packageSources><add key="packed" value="." /></packageSources></configuration>""");
        _folder.Add($"{name}/{name}.csproj", project);
        foreach (var source in sources)
            _folder.Add($"{name}/{source.Name}", source.Text);
        await RunAsync("build", _folder[name], "-warnaserror");
    }

    private static IEnumerable<string> PackageFolders(string assets)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(assets));
        return [.. document.RootElement.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name)];
    }

    private static async Task RunAsync(params string[] arguments)
    {
        var dotnet = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

        // No process of MSBuild may stay behind: it would keep the streams of this one open.
        var start = new ProcessStartInfo(dotnet, [.. arguments, "--nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";

        // The test's own host sets these for itself.
        foreach (
            var variable in start.Environment.Keys.Where(variable => variable.StartsWith("MSBuild", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(variable);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        Assert.True(
            process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}{await errors}");
    }
}

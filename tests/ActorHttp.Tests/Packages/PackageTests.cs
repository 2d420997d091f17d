using ActorHttp.Tests.Sockets;

namespace ActorHttp.Tests.Packages;

/// <summary>
/// What <c>dotnet pack</c> gives, and what programs of others can do with it. Alone, because compilers keep all processors
/// busy.
/// </summary>
[Collection(nameof(AloneCollection))]
public sealed class PackageTests(PackedPackages packages) : IClassFixture<PackedPackages>
{
    public static TheoryData<string> Names => [.. PackedPackages.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_package_says_what_it_is_and_brings_its_readme(string name)
    {
        var nuspec = packages.Nuspec(name);
        Assert.Equal(name, nuspec.Element("id")!.Value);
        Assert.InRange(nuspec.Element("description")!.Value.Length, 50, 300);
        Assert.Equal("README.md", nuspec.Element("readme")!.Value);
        using var package = packages.Open(name);
        Assert.NotNull(package.GetEntry("README.md"));
    }

    [Theory]
    [InlineData("ActorHttp", new[] { "Akka", "Akka.Hosting", "ZstdSharp.Port" })]
    [InlineData("ActorHttp.Files", new[] { "ActorHttp", "Microsoft.Extensions.FileSystemGlobbing" })]
    [InlineData("ActorHttp.Console", new string[0])]
    public void A_package_depends_on_what_it_needs_and_no_more(string name, string[] dependencies) =>
        Assert.Equal(
            dependencies, packages.Nuspec(name).Descendants("dependency").Select(dependency => dependency.Attribute("id")!.Value).Order());

    [Theory]
    [InlineData("ActorHttp")]
    [InlineData("ActorHttp.Files")]
    public void A_library_has_its_documentation_beside_it(string name)
    {
        using var package = packages.Open(name);
        string[] expected = [$"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml"];
        Assert.Equal(
            expected,
            package.Entries.Select(entry => entry.FullName).Where(entry => entry.StartsWith("lib/", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void The_console_host_is_the_tool_actorhttp()
    {
        using var package = packages.Open("ActorHttp.Console");
        var entry = Assert.Single(package.Entries, entry => entry.Name == "DotnetToolSettings.xml");
        using var settings = new StreamReader(entry.Open());
        Assert.Contains("<Command Name=\"actorhttp\" EntryPoint=\"ActorHttp.Console.dll\"", settings.ReadToEnd(), StringComparison.Ordinal);
        Assert.Equal("DotnetTool", Assert.Single(packages.Nuspec("ActorHttp.Console").Descendants("packageType")).Attribute("name")!.Value);
    }

    [Fact]
    public Task A_worker_is_built_with_the_packages_without_a_warning() => packages.BuildAsync(
        "Worker",
        Project("Microsoft.NET.Sdk.Worker", """<PackageReference Include="Microsoft.Extensions.Hosting" Version="10.0.0" />"""),
        ("Program.cs", """
            using ActorHttp.Files;
            using ActorHttp.Hosting;
            using Akka.Actor;
            using Akka.Hosting;
            using Worker;

            var builder = Host.CreateApplicationBuilder(args);
            builder.Services.AddAkka("my-system", akka => akka
                .WithActorHttp(http => http
                    .Route("/hello/{name}", Props.Create<HelloActor>())
                    .Files("/static", "wwwroot")));
            await builder.Build().RunAsync();
            """),
        ("HelloActor.cs", """
            using ActorHttp.Handlers;
            using ActorHttp.Messages;
            using ActorHttp.Semantics;

            namespace Worker;

            internal sealed class HelloActor : HttpHandlerActor
            {
                protected override void OnRequest(HttpRequest request) => Reply(
                    HttpResponse.Text(request.Exchange, 200, $"Hello, {request.RouteParameter}!\n").With("ETag", new EntityTag("1", false).ToString()));
            }
            """));

    // The implicit usings of a web project bring ASP.NET's HttpRequest into every file. A using below the namespace wins over them.
    [Fact]
    public Task An_ASP_NET_program_is_built_with_the_packages_without_a_warning() => packages.BuildAsync(
        "Web",
        Project("Microsoft.NET.Sdk.Web", ""),
        ("Program.cs", """
            using ActorHttp.Files;
            using ActorHttp.Hosting;
            using Akka.Actor;
            using Akka.Hosting;

            var builder = WebApplication.CreateBuilder(args);
            builder.Services.AddAkka("my-system", akka => akka
                .WithActorHttp(http => http
                    .Route("/hello/{name}", Props.Create<Web.HelloActor>())
                    .Files("/static", "wwwroot")));
            var app = builder.Build();
            app.MapGet("/", (HttpRequest request, HttpResponse response) => $"{request.Path} {response.StatusCode}");
            app.Run();
            """),
        ("HelloActor.cs", """
            namespace Web;

            using ActorHttp.Handlers;
            using ActorHttp.Messages;

            internal sealed class HelloActor : HttpHandlerActor
            {
                protected override void OnRequest(HttpRequest request) =>
                    Reply(HttpResponse.Text(request.Exchange, 200, $"Hello, {request.RouteParameter}!\n"));
            }
            """),
        ("Both.cs", """
            using Actors = ActorHttp.Messages;

            namespace Web;

            internal static class Both
            {
                public static bool AreOfOnePath(HttpRequest request, Actors.HttpRequest other) => request.Path == other.Target.Path;
            }
            """));

    private string Project(string sdk, string packageReferences) => $"""
        <Project Sdk="{sdk}">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <NuGetAudit>false</NuGetAudit>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="ActorHttp.Files" Version="{packages.Version}" />
            {packageReferences}
          </ItemGroup>
        </Project>
        """;
}

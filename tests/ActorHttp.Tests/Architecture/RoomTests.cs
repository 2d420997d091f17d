using System.Reflection;
using System.Text.RegularExpressions;
using ActorHttp.Messages;
using ActorHttp.Protocol;

namespace ActorHttp.Tests.Architecture;

// Protocol, Semantics and the listings of folders are pure: bytes and strings in, bytes and values out.
public partial class RoomTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly string[] PureRooms = ["Protocol", "Semantics", "Handlers/Files/Listings"];

    private static readonly Assembly Server = typeof(RequestReader).Assembly;

    [Fact]
    public void The_pure_rooms_do_not_speak_of_actors_or_sockets()
    {
        Assert.All(PureRooms, room => Assert.NotEmpty(SourcesOf(room)));
        foreach (var file in PureRooms.SelectMany(SourcesOf))
        {
            var words = Impure().Match(File.ReadAllText(file));
            Assert.False(words.Success, $"{file} says {words.Value}.");
        }
    }

    [Fact]
    public void The_pure_rooms_use_no_type_that_holds_an_actor()
    {
        var types = Server.GetTypes().Where(IsInAPureRoom).ToArray();
        Assert.Contains(typeof(RequestReader), types);
        foreach (var type in types)
        {
            foreach (var used in TypesUsedBy(type))
                Assert.False(HoldsAnActor(used, []), $"{type} uses {used}.");
        }
    }

    [Fact]
    public void The_rule_knows_an_actor_when_it_sees_one()
    {
        Assert.True(HoldsAnActor(typeof(Exchange), []));
        Assert.True(HoldsAnActor(typeof(HttpRequest), []));
        Assert.True(HoldsAnActor(typeof(HttpResponse), []));
        Assert.True(HoldsAnActor(typeof(List<ResponseBody[]>), []));
        Assert.False(HoldsAnActor(typeof(HttpHeaders), []));
        Assert.False(HoldsAnActor(typeof(RequestHead), []));
        Assert.Contains(typeof(HttpHeaders), TypesUsedBy(typeof(RequestReader)));
        Assert.Contains(typeof(ReadOnlySpan<byte>), TypesUsedBy(typeof(RequestReader)));
    }

    // Akka's WithDeploy replaces all that was said of the deployment before, the dispatcher too.
    [Fact]
    public void Nobody_says_a_dispatcher_and_takes_it_back()
    {
        var sources = SourcesOf("").Select(File.ReadAllText).ToList();
        Assert.Contains(sources, text => text.Contains(".WithDispatcher(", StringComparison.Ordinal));
        Assert.All(sources, text => Assert.DoesNotMatch(@"\.WithDispatcher\([^)]*\)\s*\.WithDeploy\(", text));
    }

    // Tests count what is rented there (Kit/Ledger.cs).
    [Fact]
    public void All_arrays_are_rented_from_one_place()
    {
        var users = SourcesOf("").Where(file => File.ReadAllText(file) is var text
            && (text.Contains("ArrayPool<", StringComparison.Ordinal) || text.Contains("MemoryPool<", StringComparison.Ordinal)));
        Assert.Equal("Resources.cs", Path.GetFileName(Assert.Single(users)));
    }

    private static bool IsInAPureRoom(Type type) =>
        Regex.IsMatch(type.Namespace ?? "", @"^ActorHttp\.(Protocol|Semantics|Handlers\.Files\.Listings)(\.|$)");

    /// <summary>Where the server's sources are.</summary>
    internal static string SourceFolder
    {
        get
        {
            var root = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(root.FullName, "ActorHttp.sln")))
                root = root.Parent ?? throw new InvalidOperationException($"There is no ActorHttp.sln above {AppContext.BaseDirectory}.");
            return Path.Combine(root.FullName, "src", "ActorHttp");
        }
    }

    private static IEnumerable<string> SourcesOf(string room)
    {
        var folder = Path.Combine(SourceFolder, room);
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories) : [];
    }

    // What its own members name; a type that is nested in it, or made for its lambdas, comes by itself.
    private static IEnumerable<Type> TypesUsedBy(Type type)
    {
        var methods = type.GetMethods(Everything).Concat<MethodBase>(type.GetConstructors(Everything)).ToArray();
        return type.GetInterfaces()
            .Append(type.BaseType ?? typeof(object))
            .Concat(type.GetFields(Everything).Select(field => field.FieldType))
            .Concat(type.GetProperties(Everything).Select(property => property.PropertyType))
            .Concat(methods.SelectMany(method => method.GetParameters()).Select(parameter => parameter.ParameterType))
            .Concat(methods.OfType<MethodInfo>().Select(method => method.ReturnType))
            .Concat(methods.SelectMany(method => method.GetMethodBody()?.LocalVariables ?? []).Select(local => local.LocalType))
            .Select(used => used.IsByRef ? used.GetElementType()! : used)
            .Distinct();
    }

    // An actor reference inside a message makes the message impure as well.
    private static bool HoldsAnActor(Type type, HashSet<Type> seen)
    {
        if (!seen.Add(type))
            return false;
        if (type.Assembly.GetName().Name!.StartsWith("Akka", StringComparison.Ordinal))
            return true;
        return (type.HasElementType && HoldsAnActor(type.GetElementType()!, seen))
            || type.GetGenericArguments().Any(argument => HoldsAnActor(argument, seen))
            || (type.Assembly == Server
                && type.GetInterfaces().Concat(type.GetFields(Everything).Select(field => field.FieldType)).Any(part => HoldsAnActor(part, seen)));
    }

    [GeneratedRegex(@"\b(Akka\w*|IActorRef|Exchange|HttpRequest|HttpResponse|Sockets?)\b")]
    private static partial Regex Impure();
}

using System.Reflection;
using System.Text.RegularExpressions;
using ActorHttp.Buffers;
using ActorHttp.ConsoleHost;
using ActorHttp.Files;
using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;

namespace ActorHttp.Tests.Architecture;

// The pure rooms: bytes and strings in, bytes and values out.
public partial class RoomTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly string[] PureRooms =
        [
            "ActorHttp/Fields",
            "ActorHttp/Uris",
            "ActorHttp/Buffers",
            "ActorHttp/Protocol",
            "ActorHttp/Semantics",
            "ActorHttp.Files/Listings",
        ];

    private static readonly Assembly[] Ours = [
        typeof(RequestReader).Assembly, typeof(ActorHttpFiles).Assembly, typeof(CommandLine).Assembly,
    ];

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
        var types = Ours.SelectMany(assembly => assembly.GetTypes()).Where(IsInAPureRoom).ToArray();
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

    // Time comes in as a value, so that a test can say what time it is.
    [Fact]
    public void The_pure_rooms_read_no_clock()
    {
        foreach (var file in PureRooms.SelectMany(SourcesOf))
        {
            var clock = Clock().Match(File.ReadAllText(file));
            Assert.False(clock.Success, $"{file} says {clock.Value}.");
        }
    }

    [Theory]
    [InlineData("var now = DateTimeOffset.UtcNow;")]
    [InlineData("sealed class Line(TimeProvider time);")]
    [InlineData("var began = Stopwatch.GetTimestamp();")]
    [InlineData("if (Environment.TickCount64 > 3)")]
    public void The_rule_knows_a_clock_when_it_sees_one(string source) => Assert.Matches(Clock(), source);

    // Each folder is a room, those below another too. Akka.NET's own rooms and the system's are not ours to order.
    [Fact]
    public void No_rooms_know_each_other_in_a_circle()
    {
        var known = new Dictionary<string, SortedSet<string>>();
        foreach (var file in SourcesOf(""))
        {
            var text = File.ReadAllText(file);
            if (Namespace().Match(text) is not { Success: true } declared)
                continue;
            var room = declared.Groups[1].Value;
            if (!known.TryGetValue(room, out var others))
                known.Add(room, others = []);
            foreach (var used in Using().Matches(text).Select(match => match.Groups[1].Value))
                others.Add(used);

            // A room sees those above it without a using.
            foreach (var above in Above(room).Where(above => NamesTypeOf(text, above)))
                others.Add(above);
        }

        Assert.Contains("ActorHttp.Protocol.Http1", known.Keys);
        Assert.Null(Circle(known));
    }

    [Fact]
    public void The_rule_knows_a_circle_when_it_sees_one()
    {
        Assert.Equal("b, c, b", Circle(new() { ["a"] = ["b"], ["b"] = ["c"], ["c"] = ["b"] }));
        Assert.Null(Circle(new() { ["a"] = ["b", "c"], ["b"] = ["c"], ["c"] = [] }));
    }

    // Handlers on other nodes, and those that answer HTTP/2, are sent these: no version's bytes belong in them.
    [Fact]
    public void The_messages_know_no_version_of_the_protocol()
    {
        foreach (var file in SourcesOf("ActorHttp/Messages"))
            Assert.DoesNotMatch(@"\bProtocol\b|Http1[^01]|\bChunked\w*", Comment().Replace(File.ReadAllText(file), ""));
    }

    // Akka's WithDeploy replaces all that was said of the deployment before, the dispatcher too.
    [Fact]
    public void Nobody_says_a_dispatcher_and_takes_it_back()
    {
        var sources = SourcesOf("").Select(File.ReadAllText).ToList();
        Assert.Contains(sources, text => text.Contains(".WithDispatcher(", StringComparison.Ordinal));
        Assert.All(sources, text => Assert.DoesNotMatch(@"\.WithDispatcher\([^)]*\)\s*\.WithDeploy\(", text));
    }

    // A library that lives in the process of another program reports, and its host decides.
    [Fact]
    public void The_libraries_leave_the_exit_code_and_the_console_to_their_host()
    {
        foreach (var file in SourcesOf("ActorHttp").Concat(SourcesOf("ActorHttp.Files")))
        {
            Assert.DoesNotMatch(
                @"\bExitCode = |\bEnvironment\.Exit\(|\bConsole\.|\bSerilog\b|System\.CommandLine",
                Comment().Replace(File.ReadAllText(file), ""));
        }
    }

    // What a connection knows of its socket is the transport. The listener knows Akka.IO, because Akka.IO accepts.
    [Fact]
    public void Akka_IO_is_known_to_the_sockets_and_the_listener_alone()
    {
        var users = SourcesOf("")
            .Where(file => AkkaIo().IsMatch(Comment().Replace(File.ReadAllText(file), "")))
            .Select(file => Path.GetRelativePath(AllSources, file).Replace('\\', '/'))
            .Where(file => !file.StartsWith("ActorHttp/Sockets/", StringComparison.Ordinal));
        Assert.Equal(["ActorHttp/Server/ListenerActor.cs"], users);
    }

    // Tests count what is rented there (Kit/Ledger.cs).
    [Fact]
    public void All_arrays_are_rented_from_one_place()
    {
        var users = SourcesOf("").Where(file => File.ReadAllText(file) is var text
            && (text.Contains("ArrayPool<", StringComparison.Ordinal) || text.Contains("MemoryPool<", StringComparison.Ordinal)));
        Assert.Equal("Resources.cs", Path.GetFileName(Assert.Single(users)));
    }

    private static IEnumerable<string> Above(string room)
    {
        for (var at = room.LastIndexOf('.'); at > "ActorHttp".Length - 1; at = room.LastIndexOf('.'))
            yield return room = room[..at];
    }

    private static bool NamesTypeOf(string text, string room)
    {
        var code = Comment().Replace(text, "");
        return Ours.SelectMany(assembly => assembly.GetTypes()).Any(
            type => type.Namespace == room && !type.IsNested && Regex.IsMatch(code, $@"\b{type.Name.Split('`')[0]}\b"));
    }

    // Depth first: a room that is met again below itself closes a circle.
    private static string? Circle(Dictionary<string, SortedSet<string>> known)
    {
        var done = new HashSet<string>();
        var way = new List<string>();
        foreach (var room in known.Keys.Order())
        {
            if (Visit(room) is { } circle)
                return circle;
        }

        return null;

        string? Visit(string room)
        {
            if (way.IndexOf(room) is var at and >= 0)
                return string.Join(", ", way[at..].Append(room));
            if (!known.TryGetValue(room, out var others) || !done.Add(room))
                return null;
            way.Add(room);
            foreach (var other in others)
            {
                if (Visit(other) is { } circle)
                    return circle;
            }

            way.RemoveAt(way.Count - 1);
            return null;
        }
    }

    private static bool IsInAPureRoom(Type type) =>
        Regex.IsMatch(type.Namespace ?? "", @"^ActorHttp\.(Fields|Uris|Buffers|Protocol|Semantics|Files\.Listings)(\.|$)");

    /// <summary>The folder of all projects of the server.</summary>
    internal static string AllSources => Path.GetDirectoryName(SourceFolder)!;

    /// <summary>Where the library's sources are.</summary>
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
        var folder = Path.Combine(AllSources, room);
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
            || (Ours.Contains(type.Assembly)
            && type.GetInterfaces()
                .Concat(type.GetFields(Everything).Select(field => field.FieldType))
                .Any(part => HoldsAnActor(part, seen)));
    }

    [GeneratedRegex(@"\b(Akka\w*|IActorRef|Exchange|HttpRequest|HttpResponse|Sockets?)\b")]
    private static partial Regex Impure();

    [GeneratedRegex(@"\b(TimeProvider|Stopwatch|TickCount(64)?|UtcNow|DateTime(Offset)?\.(Now|Today))\b")]
    private static partial Regex Clock();

    [GeneratedRegex(@"^namespace (ActorHttp[\w.]*);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (?:static )?(ActorHttp[\w.]*);", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"\bAkka\.IO\b|(?<![.\w])(Tcp|Inet)\.|\bByteString\b")]
    private static partial Regex AkkaIo();

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();
}

using System.Reflection;
using ActorHttp.Dispatch;
using ActorHttp.Files.Disks;
using ActorHttp.Messages;
using ActorHttp.Settings;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace ActorHttp.Tests.Settings;

/// <summary>Every key of hocon/reference.conf and hocon/files.conf that Akka reads itself, and what it feeds.</summary>
public sealed class AkkaKeyTests : IDisposable
{
    // For each key another value, and what shows that it is used.
    private static readonly Dictionary<string, (string Other, Func<ActorSystem, string, object?> Feeds)> Feeds = new()
    {
        ["type"] = ("PinnedDispatcher", (system, section) => system.Dispatchers.Lookup(section).GetType()),
        ["executor"] = ("default-executor", (system, section) => ExecutorOf(system, section).GetType()),
        ["throughput"] = ("7", (system, section) => system.Dispatchers.Lookup(section).Throughput),
        ["threads"] = ("3", (system, section) => ThreadsOf(ExecutorOf(system, section))),
        ["mailbox-type"] = ("\"Akka.Dispatch.UnboundedMailbox, Akka\"", (system, section) => system.Mailboxes.Lookup(section).GetType()),
    };

    private readonly List<ActorSystem> _systems = [];

    public static TheoryData<string, string> Keys
    {
        get
        {
            var data = new TheoryData<string, string>();
            var sections = AllSettings.Defaults.GetConfig("actor-http").Root.GetObject().Items;
            foreach (
                var (section, value) in sections.Where(
                    item => item.Value.IsObject() && AkkaSection.IsIn(AllSettings.Defaults, $"actor-http.{item.Key}")))
            {
                foreach (var key in value.GetObject().Items.Keys)
                    data.Add($"actor-http.{section}", key);
            }

            return data;
        }
    }

    public void Dispose() => Task.WaitAll([.. _systems.Select(system => system.Terminate())], TimeSpan.FromSeconds(30));

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_changes_what_it_feeds_and_that_of_no_other_section(string section, string key)
    {
        Assert.True(Feeds.TryGetValue(key, out var feeds), $"Say in this test what {key} feeds.");
        var (before, after) = (Start(""), Start($"{section}.{key} = {feeds.Other}"));
        var changed = Keys.Select(row => ((string)row[0], (string)row[1])).Where(other => other.Item2 == key
            && !Equals(feeds.Feeds(before, other.Item1), feeds.Feeds(after, other.Item1)));
        Assert.Equal([(section, key)], changed);
    }

    [Fact]
    public void Auto_is_a_thread_for_each_processor() =>
        Assert.Equal(Environment.ProcessorCount, ThreadsOf(ExecutorOf(Start(""), ActorHttpSettings.CodingDispatcher)));

    // A gate lets in one less than there are threads.
    [Theory]
    [InlineData("reading-dispatcher.threads = 5", 4, 15)]
    [InlineData("writing-dispatcher.threads = 5", 23, 4)]
    [InlineData("reading-dispatcher.threads = auto", null, 15)]
    public void The_gates_of_the_disks_count_the_threads_of_their_dispatcher(string setting, int? reading, int writing)
    {
        var gates = DiskGates.Of(Start($"actor-http.{setting}"));
        Assert.Equal(reading ?? Math.Max(1, Environment.ProcessorCount - 1), Most(gates.Reading));
        Assert.Equal(writing, Most(gates.Writing));
    }

    [Fact]
    public void Messages_about_an_exchange_have_our_serializer() =>
        Assert.IsType<HttpMessageSerializer>(((ExtendedActorSystem)Start("")).Serialization.FindSerializerForType(typeof(BodyEnd)));

    private ActorSystem Start(string settings)
    {
        var system = ActorSystem.Create("keys", ConfigurationFactory.ParseString(settings).WithFallback(TestSystem.Unserialized));
        _systems.Add(system);
        return system;
    }

    // Akka makes it when it is first used, and says neither whether it has nor which it is.
    private static ExecutorService ExecutorOf(ActorSystem system, string section)
    {
        var lazy = Field(system.Dispatchers.Lookup(section), "_executorService");
        return (ExecutorService)lazy.GetType().GetProperty("Executor")!.GetValue(lazy)!;
    }

    private static int? ThreadsOf(ExecutorService executor) => (executor as WorkerExecutor)?.Threads;

    private static int Most(DiskGate gate) => (int)Field(gate, "_most");

    private static object Field(object of, string name)
    {
        var field = of.GetType().GetField(name, BindingFlags.Instance | BindingFlags.NonPublic);
        Assert.True(field is not null, $"{of.GetType()} has no {name}.");
        return field.GetValue(of)!;
    }
}

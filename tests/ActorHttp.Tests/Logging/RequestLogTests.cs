using System.Collections.Concurrent;
using ActorHttp.Logging;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Logging;

/// <summary>The log of what clients can cause: bounded in each window of ten seconds, and nothing is lost from the count.</summary>
public sealed class RequestLogTests : TestKit
{
    // The lines that a window can have: one for each kind, and one for all kinds beyond.
    private const int MostLines = 65;

    private readonly RequestLog _log;
    private readonly Written _written = new();

    public RequestLogTests()
        : base(ConfigurationFactory.ParseString("akka.loglevel = DEBUG").WithFallback(TestSystem.Unserialized))
    {
        _log = RequestLog.Of(Sys);
        foreach (var type in new[] { typeof(Error), typeof(Warning), typeof(Debug) })
            Sys.EventStream.Subscribe(_written, type);
        Sys.EventStream.Subscribe(TestActor, typeof(Error));
    }

    private VirtualTime Time => (VirtualTime)Sys.Scheduler;

    [Fact]
    public void The_text_makes_no_line_another_one_and_the_kind_and_the_source_do()
    {
        Assert.True(Warns("files", "full", "one"));
        Assert.False(Warns("files", "full", "two"));
        Assert.True(Warns("files", "broken", "three"));
        Assert.True(Warns("router", "full", "four"));
    }

    [Fact]
    public void A_window_is_ten_seconds_from_its_first_line()
    {
        Assert.True(Warns("files", "full", "one"));
        Time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(Warns("files", "full", "two"));
        Assert.False(Warns("files", "full", "three"));
        Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("... and 2 more like it in the last 10 s: one", _written.Next<Warning>());

        // The next window begins with its first line, too.
        Time.Advance(TimeSpan.FromSeconds(9));
        Assert.True(Warns("files", "full", "four"));
        Time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(Warns("files", "full", "five"));
        Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("... and 1 more like it in the last 10 s: four", _written.Next<Warning>());
    }

    [Fact]
    public void However_many_kinds_there_are_a_window_has_a_bounded_number_of_lines_and_all_are_counted()
    {
        Assert.Equal(MostLines, Enumerable.Range(0, 1_000).Count(i => Warns("files", $"{i}", $"line {i}")));
        Time.Advance(RequestLog.Window);
        Assert.Equal($"... and {1_000 - MostLines} more like it in the last 10 s: line 64", _written.Next<Warning>());
        Assert.True(Warns("files", "0", "again"));
    }

    [Fact]
    public void Actors_without_a_name_of_their_own_count_as_one_and_what_is_left_out_is_there_at_debug()
    {
        // Equal by the place that throws them, whatever they say.
        Failing("a", "one");
        Assert.Equal("one", _written.Next<Error>());
        Failing("b", "two");
        Assert.Equal("two", _written.Next<Debug>());
        Failing("c", "three", "name");
        Assert.Equal("three", _written.Next<Error>());
        Failing("d", "four", "name");
        Assert.Equal("four", _written.Next<Debug>());

        void Failing(string number, string text, string? name = null)
        {
            try
            {
                Throw(text);
            }
            catch (InvalidOperationException e)
            {
                var path = name is null ? $"/user/parent/${number}" : $"/user/parent/{name}";
                _log.Error(new Named(ActorPath.Parse($"akka://{Sys.Name}{path}")), typeof(RequestLogTests), e, text);
            }
        }
    }

    [Fact]
    public void A_failure_that_is_escalated_is_not_logged_by_the_one_who_escalates_it_and_a_constructors_cause_is_told()
    {
        Sys.ActorOf(Props.Create(() => new Parent(Directive.Stop))).Tell(typeof(InConstructor));
        Assert.Equal("poison", FishForError().Message);
        Sys.ActorOf(Props.Create(() => new Parent(Directive.Escalate))).Tell(typeof(InReceive));

        // Of the guardian, whose strategy is Akka's own.
        Assert.Equal("escalated", FishForError().Cause!.GetBaseException().Message);
        ExpectNoMsg(TimeSpan.Zero);
    }

    private Error FishForError() => (Error)FishForMessage(message => message is Error);

    private static void Throw(string text) => throw new InvalidOperationException(text);

    private bool Warns(string source, string kind, string text)
    {
        _log.Warning(source, typeof(RequestLogTests), kind, text);
        if (_written.IsEmpty)
            return false;
        Assert.Equal(text, _written.Next<Warning>());
        return true;
    }

    /// <summary>
    /// The lines that the tests have caused. It has no mailbox: a line is here when the call that wrote it returns, whatever the
    /// actor system logs meanwhile on other threads.
    /// </summary>
    private sealed class Written : MinimalActorRef
    {
        private readonly ConcurrentQueue<LogEvent> _lines = new();

        public override ActorPath Path { get; } = ActorPath.Parse("akka://tests/written");

        public override IActorRefProvider Provider => throw new NotSupportedException();

        public bool IsEmpty => _lines.IsEmpty;

        /// <summary>Takes the next line, which is of this kind, and returns its text.</summary>
        public string Next<T>()
            where T : LogEvent
        {
            Assert.True(_lines.TryDequeue(out var line));
            return Assert.IsType<T>(line).Message.ToString()!;
        }

        protected override void TellInternal(object message, IActorRef sender)
        {
            if (message is LogEvent line && (line.LogClass == typeof(RequestLog) || line.LogClass == typeof(RequestLogTests)))
                _lines.Enqueue(line);
        }
    }

    private sealed class Named(ActorPath path) : MinimalActorRef
    {
        public override ActorPath Path => path;

        public override IActorRefProvider Provider => throw new NotSupportedException();
    }

    private sealed class Parent(Directive directive) : UntypedActor
    {
        protected override SupervisorStrategy SupervisorStrategy() => new LimitedStrategy(_ => directive);

        protected override void OnReceive(object message) => Context.ActorOf(Props.Create((Type)message)).Tell(message);
    }

    private sealed class InConstructor : UntypedActor
    {
        public InConstructor() => throw new PoisonException();

        protected override void OnReceive(object message)
        {
        }
    }

    private sealed class InReceive : UntypedActor
    {
        protected override void OnReceive(object message) => throw new InvalidOperationException("escalated");
    }
}

using System.Globalization;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Logging;

/// <summary>
/// The log of what requests of clients can cause: failures of handlers, connections and files. A client that repeats a bad
/// request must not fill the disk, so equal lines are written once in ten seconds, and then how many more there were. The
/// others are written at debug level.
/// One for each actor system.
/// </summary>
internal sealed class RequestLog(ActorSystem system) : IExtension
{
    /// <summary>How long equal lines are left out.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    // Kinds of lines in one window. A server has few; only hostile input makes many.
    private const int MostKeys = 64;

    private readonly Lock _gate = new();
    private readonly LogLimiter _limiter = new(MostKeys);

    public static RequestLog Of(ActorSystem system) => system.WithExtension<RequestLog, Provider>();

    /// <summary>Writes an error with its exception. Failures that one place in the code throws are equal.</summary>
    public void Error(IActorRef source, Type type, Exception cause, string text)
    {
        // Actors without a name of their own are many and short-lived, so they count as one.
        var equal = source.Path.Name.StartsWith('$') ? source.Path.Parent : source.Path;
        var isWritten = Passes(new LogKey(equal.ToString(), cause.GetType().FullName!, PlaceOf(cause)), text);
        var path = source.Path.ToString();
        system.EventStream.Publish(isWritten ? new Error(cause, path, type, text) : new Debug(cause, path, type, text));
    }

    /// <summary>Writes a warning. Those of one source and kind are equal.</summary>
    public void Warning(string source, Type type, string kind, string text)
    {
        if (Passes(new LogKey(source, kind, ""), text))
            system.EventStream.Publish(new Warning(source, type, text));
    }

    /// <summary>Whether a line of this source and kind is to be written; if not, it is counted.</summary>
    public bool Allows(string source, string kind, string text) => Passes(new LogKey(source, kind, ""), text);

    /// <summary>Says what was left out so far.</summary>
    public void EndWindow()
    {
        IReadOnlyList<LeftOut> leftOut;
        lock (_gate)
            leftOut = _limiter.EndWindow();
        foreach (var lines in leftOut)
        {
            var text = string.Create(
                CultureInfo.InvariantCulture, $"... and {lines.Count} more like it in the last {Window.TotalSeconds} s: {lines.Example}");
            system.EventStream.Publish(new Warning(lines.Key.Source, typeof(RequestLog), text));
        }
    }

    private bool Passes(LogKey key, string text)
    {
        lock (_gate)
        {
            var isFirst = _limiter.IsEmpty;
            if (!_limiter.Passes(key, text))
                return false;
            if (isFirst)
                system.Scheduler.Advanced.ScheduleOnce(Window, EndWindow);
            return true;
        }
    }

    // Not the message: two requests can make one failure say different things.
    private static string PlaceOf(Exception cause)
    {
        var frame = new System.Diagnostics.StackTrace(cause, fNeedFileInfo: false).GetFrame(0);
        return frame is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{frame.GetMethod()}+{frame.GetILOffset()}");
    }

    private sealed class Provider : ExtensionIdProvider<RequestLog>
    {
        public override RequestLog CreateExtension(ExtendedActorSystem system) => new(system);
    }
}

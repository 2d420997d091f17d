using System.Globalization;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Logging;

/// <summary>
/// The log of the failures that clients' requests can cause in handlers, connections and files. Each actor system has its own
/// request log. A client that repeats a bad request must not fill the disk. So the first of several equal lines is written at
/// once, and the number of the others is written every ten seconds. At debug level, <see cref="Error"/> also writes the other
/// lines.
/// </summary>
internal sealed class RequestLog(ActorSystem system) : IExtension
{
    /// <summary>The length of a window. Only the first of several equal lines in a window is written.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    // The largest number of keys in one window. In normal use a server needs few keys, and only hostile input causes many keys.
    private const int MostKeys = 64;

    private readonly Lock _gate = new();
    private readonly LogLimiter _limiter = new(MostKeys);

    public static RequestLog Of(ActorSystem system) => system.WithExtension<RequestLog, Provider>();

    /// <summary>
    /// Writes an error with its exception. Two failures are equal when they have the same source, the same exception type, and
    /// the same position in the code.
    /// </summary>
    public void Error(IActorRef source, Type type, Exception cause, string text)
    {
        // Counts the failures of an actor with a generated name as failures of its parent, because such actors are many and
        // short-lived.
        var equal = source.Path.Name.StartsWith('$') ? source.Path.Parent : source.Path;
        var isWritten = Passes(new LogKey(equal.ToString(), cause.GetType().FullName!, PlaceOf(cause)), text);
        var path = source.Path.ToString();
        system.EventStream.Publish(isWritten ? new Error(cause, path, type, text) : new Debug(cause, path, type, text));
    }

    /// <summary>
    /// Writes a warning. Only counts the warning when an equal warning was already written in this window. Warnings with the
    /// same source and kind are equal.
    /// </summary>
    public void Warning(string source, Type type, string kind, string text)
    {
        if (Passes(new LogKey(source, kind, ""), text))
            system.EventStream.Publish(new Warning(source, type, text));
    }

    /// <summary>
    /// Returns true when a line with this source and kind must be written. Otherwise counts the line and returns false.
    /// </summary>
    public bool Allows(string source, string kind, string text) => Passes(new LogKey(source, kind, ""), text);

    /// <summary>Ends the window and writes the number of equal lines that were not written.</summary>
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

    // Returns the position in the code that threw the exception. The exception's message cannot be the key, because the message
    // can be different for each request.
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

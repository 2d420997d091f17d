using System.Globalization;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Logging;

/// <summary>
/// The log of failures that clients' requests can cause in handlers, connections and files. Each actor system has its own
/// request log. A client that repeats a bad request must not fill the disk. So equal lines are written once in ten seconds, and
/// then their number. <see cref="Error"/> writes the lines that are left out at debug level.
/// </summary>
internal sealed class RequestLog(ActorSystem system) : IExtension
{
    /// <summary>The length of a window. Of equal lines in a window, only the first is written.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    // The most keys in one window. A server needs few of them, and only hostile input makes many.
    private const int MostKeys = 64;

    private readonly Lock _gate = new();
    private readonly LogLimiter _limiter = new(MostKeys);

    public static RequestLog Of(ActorSystem system) => system.WithExtension<RequestLog, Provider>();

    /// <summary>
    /// Writes an error with its exception. Two failures are equal when they have the same source and exception type, and were
    /// thrown at the same place in the code.
    /// </summary>
    public void Error(IActorRef source, Type type, Exception cause, string text)
    {
        // Actors with a generated name are many and short-lived, so their failures count as those of their parent.
        var equal = source.Path.Name.StartsWith('$') ? source.Path.Parent : source.Path;
        var isWritten = Passes(new LogKey(equal.ToString(), cause.GetType().FullName!, PlaceOf(cause)), text);
        var path = source.Path.ToString();
        system.EventStream.Publish(isWritten ? new Error(cause, path, type, text) : new Debug(cause, path, type, text));
    }

    /// <summary>
    /// Writes a warning, or only counts it when an equal one was written in this window. Warnings of one source and kind are
    /// equal.
    /// </summary>
    public void Warning(string source, Type type, string kind, string text)
    {
        if (Passes(new LogKey(source, kind, ""), text))
            system.EventStream.Publish(new Warning(source, type, text));
    }

    /// <summary>Returns true when a line of this source and kind is to be written. Otherwise counts the line as left out.</summary>
    public bool Allows(string source, string kind, string text) => Passes(new LogKey(source, kind, ""), text);

    /// <summary>Ends the window and writes how many lines were left out.</summary>
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

    // Returns the place in the code that threw. The exception's message is no key, because its text can differ from request to
    // request.
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

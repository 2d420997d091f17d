using System.Text;
using ActorHttp.Semantics;

namespace ActorHttp.Connections;

/// <summary>
/// The Date field (RFC 9110 §6.6.1) as bytes, formatted once a second for all connections that share the object. While one
/// thread formats a new line, another thread may still read the line of the previous second. Both threads see a whole line.
/// </summary>
internal sealed class DateField(TimeProvider time)
{
    private sealed record Line(long Second, byte[] Bytes);

    private volatile Line _line = new(-1, []);

    public byte[] Current
    {
        get
        {
            var now = time.GetUtcNow();
            var second = now.UtcTicks / TimeSpan.TicksPerSecond;
            var line = _line;
            if (line.Second != second)
                _line = line = new Line(second, Encoding.ASCII.GetBytes($"Date: {HttpDate.Format(now)}\r\n"));
            return line.Bytes;
        }
    }
}

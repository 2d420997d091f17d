using System.Text;
using ActorHttp.Semantics;

namespace ActorHttp.Connections;

/// <summary>
/// The Date field (RFC 9110 §6.6.1) as bytes. The field is formatted once a second for all connections that share this object.
/// While one thread formats the new field, another thread may still use the field of the previous second. Each thread gets a
/// complete field.
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

using System.Text;
using ActorHttp.Semantics;

namespace ActorHttp.Connections;

/// <summary>
/// The Date field (RFC 9110 §6.6.1) as bytes, made once a second for all connections. A reader may see the line of the
/// second before while another makes the new one: both are whole lines.
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

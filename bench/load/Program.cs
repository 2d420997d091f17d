// Sends requests at a fixed rate, and measures each latency from the due time: the workload "sustained" of bench/compare.
// Prints one line of JSON to stdout.

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Load;

if (args is not [var portText, var path, var connectionsText, var rateText, var secondsText]
    || !int.TryParse(portText, out var port) || !int.TryParse(connectionsText, out var connections)
    || !int.TryParse(rateText, out var rate) || !double.TryParse(secondsText, CultureInfo.InvariantCulture, out var seconds)
    || connections < 1 || rate < 1 || seconds <= 0)
{
    Console.Error.WriteLine("Usage: Load PORT PATH CONNECTIONS RATE SECONDS");
    return 2;
}

var request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
using var load = new FixedRate(port, request, connections, rate);

// Does not count the first half second, because the connections are new and this program is not compiled yet.
load.Run(0.5);
var first = load.Answered;
load.Forget();
var started = Stopwatch.GetTimestamp();
load.Run(seconds);
var took = Stopwatch.GetElapsedTime(started).TotalSeconds;

var latencies = load.Latencies.ToArray();
Array.Sort(latencies);
string Milliseconds(double share) =>
    latencies.Length == 0
        ? "null"
        : (
            latencies[(int)Math.Ceiling(latencies.Length * share) - 1] / (Stopwatch.Frequency / 1e3)).ToString("0.000",
            CultureInfo.InvariantCulture);

// "requests" includes the first half second, because the server has spent CPU time on it.
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $$"""{"requests":{{first + load.Answered}},"timed":{{load.Answered}},"seconds":{{took:0.000000}},"p50_ms":{{Milliseconds(0.5)}}"""
    + $$""","p99_ms":{{Milliseconds(0.99)}},"p999_ms":{{Milliseconds(0.999)}},"max_ms":{{Milliseconds(1)}},"errors":{{load.Errors}}}"""));
return 0;

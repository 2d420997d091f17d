using System.Globalization;
using System.Text;

namespace ActorHttp.Tests.Sockets;

/// <summary>The head of one response, as it stood on the wire.</summary>
internal sealed record RawHead(int Status, string Reason, IReadOnlyList<(string Name, string Value)> Fields)
{
    /// <summary>The one line of this name; null when there is none. Two are an error of the server.</summary>
    public string? this[string name]
    {
        get
        {
            var lines = Fields.Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).ToList();
            Assert.True(lines.Count <= 1, $"There are {lines.Count} lines called {name}.");
            return lines.Count == 0 ? null : lines[0].Value;
        }
    }

    public static RawHead Parse(string text)
    {
        var lines = text.Split("\r\n");
        Assert.StartsWith("HTTP/1.1 ", lines[0]);
        Assert.Equal(' ', lines[0][12]);
        var fields = new List<(string, string)>();
        foreach (var line in lines[1..])
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            Assert.True(colon > 0, $"A field line without a name: {line}");
            fields.Add((line[..colon], line[(colon + 1)..].Trim(' ')));
        }

        return new RawHead(int.Parse(lines[0].AsSpan(9, 3), CultureInfo.InvariantCulture), lines[0][13..], fields);
    }

    /// <summary>What holds for every final answer: a Date in IMF-fixdate, and exactly one framing.</summary>
    public void CheckAsFinal()
    {
        Assert.True(
            DateTime.TryParseExact(
                this["Date"], "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            $"Date is {this["Date"]}.");
        var framings = (this["Content-Length"] is null ? 0 : 1) + (this["Transfer-Encoding"] is null ? 0 : 1);
        if (Status is 204 or 304)
            Assert.Equal(0, framings);
        else
            Assert.True(framings == 1 || this["Connection"] == "close", $"A {Status} with {framings} framings.");
    }
}

/// <summary>One whole response.</summary>
internal sealed record RawResponse(RawHead Head, byte[] Body)
{
    public int Status => Head.Status;

    public string Text => Encoding.Latin1.GetString(Body);

    public string? this[string name] => Head[name];
}

/// <summary>How the server's side of a connection ended.</summary>
internal enum StreamEnd
{
    /// <summary>It said that it is done.</summary>
    Fin,

    /// <summary>It reset the connection.</summary>
    Reset,
}

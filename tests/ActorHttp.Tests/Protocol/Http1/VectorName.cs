using Xunit.Abstractions;

namespace ActorHttp.Tests.Protocol.Http1;

/// <summary>A vector's file and heading: what its test case is called by, and found by again in another process.</summary>
public sealed record VectorName : IXunitSerializable
{
    public VectorName(string file, string heading) => (File, Heading) = (file, heading);

    [Obsolete("For xunit, which makes one and then calls Deserialize.")]
    public VectorName()
        : this("", "")
    {
    }

    public string File { get; private set; }

    public string Heading { get; private set; }

    public void Serialize(IXunitSerializationInfo info)
    {
        info.AddValue(nameof(File), File);
        info.AddValue(nameof(Heading), Heading);
    }

    public void Deserialize(IXunitSerializationInfo info)
    {
        File = info.GetValue<string>(nameof(File));
        Heading = info.GetValue<string>(nameof(Heading));
    }

    public override string ToString() => $"{File}: {Heading}";
}

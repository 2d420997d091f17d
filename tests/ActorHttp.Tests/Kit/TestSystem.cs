using ActorHttp.Tests.Settings;
using Akka.Configuration;

namespace ActorHttp.Tests.Kit;

/// <summary>The configuration of every actor system in the tests without sockets.</summary>
internal static class TestSystem
{
    private static readonly Config Common = ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          scheduler.implementation = "{{typeof(VirtualTime).AssemblyQualifiedName}}"
          test.single-expect-default = 20s
        }
        """);

    private static readonly Config Serialized = ConfigurationFactory.ParseString("akka.actor.serialize-messages = on");

    /// <summary>What most tests run with.</summary>
    public static Config Config => Serialized.WithFallback(Unserialized);

    /// <summary>For tests whose messages carry things that exist in this process only, such as references that throw.</summary>
    public static Config Unserialized => Common.WithFallback(AllSettings.Defaults);
}

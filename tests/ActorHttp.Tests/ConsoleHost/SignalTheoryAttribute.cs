namespace ActorHttp.Tests.ConsoleHost;

/// <summary>As <see cref="SignalFactAttribute"/>, for a test with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SignalTheoryAttribute : TheoryAttribute
{
    public SignalTheoryAttribute() => Skip = new SignalFactAttribute().Skip;
}

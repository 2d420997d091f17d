namespace ActorHttp.Micro.Growth;

/// <summary>Work whose size can grow.</summary>
/// <param name="Name">What grows.</param>
/// <param name="Unit">The unit of its size.</param>
/// <param name="Units">The number of units at 1×.</param>
/// <param name="Prepare">Prepares the work for a number of units. The returned action is measured.</param>
internal sealed record GrowthCase(string Name, string Unit, int Units, Func<int, Action> Prepare);

namespace ActorHttp.Micro.Growth;

/// <summary>Work that can be made larger.</summary>
/// <param name="Name">What grows.</param>
/// <param name="Unit">What it is counted in.</param>
/// <param name="Units">How many of them there are at 1×.</param>
/// <param name="Prepare">Makes the work for so many; what it returns is measured.</param>
internal sealed record GrowthCase(string Name, string Unit, int Units, Func<int, Action> Prepare);

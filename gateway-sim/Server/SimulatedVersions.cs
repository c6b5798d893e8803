namespace StepCloud.GatewaySim.Server;

/// <summary>What a simulated gateway tells of itself.</summary>
public static class SimulatedVersions
{
    public const string Hardware = "simulated";

    public static readonly string Software = typeof(SimulatedVersions).Assembly.GetName().Version!.ToString();
}

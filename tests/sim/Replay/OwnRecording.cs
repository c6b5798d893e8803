namespace StepCloud.Tests.Sim.Replay;

/// <summary>Our own small recording beside the tests.</summary>
internal static class OwnRecording
{
    public static string Path => System.IO.Path.Combine(AppContext.BaseDirectory, "Replay", "own_part.csv");
}

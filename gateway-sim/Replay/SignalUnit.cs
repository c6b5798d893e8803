namespace StepCloud.GatewaySim.Replay;

/// <summary>The unit of a signal of the CNC mill, by the end of its name, as the recording's README gives them.</summary>
public static class SignalUnit
{
    private static readonly (string Ending, string Unit)[] Units =
    [
        ("Position", "mm"),
        ("Velocity", "mm/s"),
        ("Acceleration", "mm/s²"),
        ("CurrentFeedback", "A"),
        ("OutputCurrent", "A"),
        ("DCBusVoltage", "V"),
        ("OutputVoltage", "V"),
        ("OutputPower", "kW"),
        ("SystemInertia", "kg·m²"),
    ];

    /// <summary>Empty for the program's own signals (M1), which have none.</summary>
    public static string Of(string signal) => Array.Find(Units, unit => signal.EndsWith(unit.Ending, StringComparison.Ordinal)).Unit ?? "";
}

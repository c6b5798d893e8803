using System.Diagnostics;

namespace StepCloud.Contracts.Telemetry;

/// <summary>The names of what devices do, on the wire.</summary>
public static class ActivityNames
{
    public static string Of(DeviceActivity activity) => activity switch
    {
        DeviceActivity.Running => "running",
        DeviceActivity.Idle => "idle",
        DeviceActivity.Error => "error",
        _ => throw new UnreachableException(),
    };

    public static DeviceActivity? Parse(string name) => name switch
    {
        "running" => DeviceActivity.Running,
        "idle" => DeviceActivity.Idle,
        "error" => DeviceActivity.Error,
        _ => null,
    };
}

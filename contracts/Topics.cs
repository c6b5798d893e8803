using StepCloud.Contracts.Ids;

namespace StepCloud.Contracts;

/// <summary>The topics of protocol version 1. A gateway uses only those that begin with its own id.</summary>
public static class Topics
{
    public const string Root = "sc/1/";

    public static string Steps(GatewayId gateway) => $"{Root}{gateway}/steps";

    public static string Telemetry(GatewayId gateway) => $"{Root}{gateway}/telemetry";

    public static string Devices(GatewayId gateway) => $"{Root}{gateway}/devices";

    /// <summary>Where the server says why an uplink was refused.</summary>
    public static string Errors(GatewayId gateway) => $"{Root}{gateway}/errors";

    /// <summary>Retained presence: `online` or `offline`.</summary>
    public static string Status(GatewayId gateway) => $"{Root}{gateway}/status";

    public static string Commands(GatewayId gateway) => $"{Root}{gateway}/commands/+";
}

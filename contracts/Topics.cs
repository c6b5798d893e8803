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

    /// <summary>The filter that all commands to a gateway match.</summary>
    public static string Commands(GatewayId gateway) => $"{Root}{gateway}/commands/+";

    public static string Command(GatewayId gateway, CommandId command) => $"{Root}{gateway}/commands/{command}";

    /// <summary>Where the gateway answers a command.</summary>
    public static string CommandResult(GatewayId gateway, CommandId command) => $"{Root}{gateway}/commands/{command}/result";

    /// <summary>Reads the topic of a command to a gateway, without allocating; false for every other topic.</summary>
    public static bool TryParseCommand(ReadOnlySpan<char> topic, out GatewayId gateway, out CommandId command)
    {
        const int IdChars = 36;
        const string Between = "/commands/";
        gateway = default;
        command = default;
        if (topic.Length != Root.Length + IdChars + Between.Length + IdChars || !topic.StartsWith(Root, StringComparison.Ordinal)) return false;
        if (!topic[(Root.Length + IdChars)..].StartsWith(Between, StringComparison.Ordinal)) return false;
        if (!Guid.TryParseExact(topic.Slice(Root.Length, IdChars), "D", out Guid first)) return false;
        if (!Guid.TryParseExact(topic[^IdChars..], "D", out Guid second)) return false;
        gateway = new GatewayId(first);
        command = new CommandId(second);
        return true;
    }
}

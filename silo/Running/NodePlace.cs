using System.Globalization;
using StepCloud.Api.Demo;
using StepCloud.Api.Settings;

namespace StepCloud.Silo.Running;

/// <summary>Where a node of this machine listens.</summary>
/// <param name="Index">From 0.</param>
internal sealed record NodePlace(int Index, int HttpPort, int MqttPort, int SiloPort)
{
    /// <summary>Of the node's own, by the names of settings.</summary>
    public IEnumerable<KeyValuePair<string, string>> Settings =>
    [
        Setting($"{ServerOptions.Section}:{nameof(ServerOptions.HttpPort)}", HttpPort),
        Setting($"{ServerOptions.Section}:{nameof(ServerOptions.MqttPort)}", MqttPort),
        Setting($"{ClusterOptions.Section}:{nameof(ClusterOptions.SiloPort)}", SiloPort),
    ];

    /// <summary>The first has the ports that are asked for, and the others those after them.</summary>
    public static NodePlace Of(int index, ServerOptions options) => new(
        index, PortOf(options.HttpPort, index), PortOf(options.MqttPort, index), LoopbackPorts.Free());

    private static int PortOf(int first, int index) => first == 0 ? LoopbackPorts.Free() : first + index;

    private static KeyValuePair<string, string> Setting(string name, int port) => new(name, port.ToString(CultureInfo.InvariantCulture));
}

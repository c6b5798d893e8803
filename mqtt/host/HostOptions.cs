using System.Net;
using Microsoft.Extensions.Logging;

namespace StepCloud.Mqtt.Host;

/// <summary>The command line.</summary>
/// <param name="ReportsMemory">Whether lines on the standard input are answered, see <see cref="MemoryReport"/>.</param>
internal sealed record HostOptions(IPAddress Address, int Port, LogLevel LogLevel, bool ReportsMemory)
{
    public const string Usage = "usage: mqtt-host [--port N] [--address IP] [--verbose] [--report-memory]";

    /// <summary>Null when it cannot be understood.</summary>
    public static HostOptions? Parse(string[] args)
    {
        var options = new HostOptions(IPAddress.Loopback, 1883, LogLevel.Warning, ReportsMemory: false);
        for (int i = 0; i < args.Length; i++)
        {
            string? value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--port" when ushort.TryParse(value, out var port):
                    options = options with { Port = port };
                    i++;
                    break;
                case "--address" when IPAddress.TryParse(value, out var address):
                    options = options with { Address = address };
                    i++;
                    break;
                case "--verbose":
                    options = options with { LogLevel = LogLevel.Debug };
                    break;
                case "--report-memory":
                    options = options with { ReportsMemory = true };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}

using System.Net;
using System.Text.Json;
using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Processes;

/// <summary>Our broker without anything behind it: <c>mqtt/host</c>.</summary>
internal sealed class StepCloudBroker(ServerProcess process, IPEndPoint endPoint) : Broker(process, endPoint)
{
    public const string Name = "StepCloud";

    private const string Announcement = "MQTT on ";

    public static async Task<StepCloudBroker> StartAsync(CancellationToken cancellationToken)
    {
        var process = ServerProcess.Start("mqtt-host", Checkout.Program("mqtt/host", "mqtt-host"), "--port", "0", "--report-memory");
        try
        {
            string line = await process.ReadLineAsync(cancellationToken);
            if (!line.StartsWith(Announcement, StringComparison.Ordinal)) throw process.Failure($"said '{line}'");
            return new StepCloudBroker(process, IPEndPoint.Parse(line[Announcement.Length..]));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public override async Task<long?> ManagedBytesAsync(CancellationToken cancellationToken)
    {
        await Process.WriteLineAsync(cancellationToken);
        using var report = JsonDocument.Parse(await Process.ReadLineAsync(cancellationToken));
        return report.RootElement.GetProperty("managed_bytes").GetInt64();
    }
}

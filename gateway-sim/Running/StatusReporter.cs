using System.Text.Json;
using StepCloud.GatewaySim.Files;

namespace StepCloud.GatewaySim.Running;

/// <summary>Tells once a second how the gateways are doing, as one line of JSON.</summary>
/// <param name="target">A file, of which a reader always sees a whole line, or `-` for the standard output.</param>
public sealed class StatusReporter(IReadOnlyList<SimulatedGateway> gateways, Tally tally, string target, TextWriter output, TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Until it is cancelled; the last line is written then.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        bool last;
        do
        {
            await Task.Delay(Interval, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            last = cancellationToken.IsCancellationRequested;
            try
            {
                Report();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The gateways' work matters more than what is told of it, and the next second may do better.
            }
        }
        while (!last);
    }

    public void Report()
    {
        byte[] line = JsonSerializer.SerializeToUtf8Bytes(new
        {
            gateways = gateways.Count,
            online = tally.Online,
            made = tally.Made,
            acknowledged = tally.Acknowledged,
            refused = tally.Refused,
            outbox = gateways.Sum(gateway => gateway.Undelivered),
        });
        if (target == "-")
            output.WriteLine(System.Text.Encoding.UTF8.GetString(line));
        else
            AtomicFile.WriteVolatile(target, [.. line, (byte)'\n']);
    }
}

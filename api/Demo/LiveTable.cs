using System.Globalization;
using Spectre.Console;
using StepCloud.Api.Hosting;

namespace StepCloud.Api.Demo;

/// <summary>Shows once a second how the server is doing: a table on a terminal, a line now and then anywhere else.</summary>
internal sealed class LiveTable(StepCloudServer server, IAnsiConsole console, TimeProvider clock)
{
    private static readonly TimeSpan TableInterval = TimeSpan.FromSeconds(1);

    /// <summary>A log that is read later needs no line for every second.</summary>
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    /// <summary>Until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi
        ? RunTableAsync(cancellationToken)
        : RunLinesAsync(cancellationToken);

    private async Task RunTableAsync(CancellationToken cancellationToken)
    {
        long started = clock.GetTimestamp();
        await console.Live(new Table()).AutoClear(false).StartAsync(async live =>
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                live.UpdateTarget(ToTable(RunFigures.Read(server.Services), clock.GetElapsedTime(started)));
                await Task.Delay(TableInterval, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
    }

    private async Task RunLinesAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(LineInterval, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            RunFigures figures = RunFigures.Read(server.Services);
            console.Profile.Out.Writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{clock.GetUtcNow():HH:mm:ss} gateways online {figures.GatewaysOnline}, steps stored {figures.StepsStored}, "
                + $"samples stored {figures.SamplesStored}, refused {figures.Refused}, "
                + $"commit p50 {figures.CommitMedian.TotalMilliseconds:0.00} ms, p99 {figures.Commit99.TotalMilliseconds:0.00} ms"));
        }
    }

    private Table ToTable(RunFigures figures, TimeSpan elapsed)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title($"StepCloud on {server.HttpAddress}, MQTT on {server.MqttAddress}");
        table.AddColumn("since the start");
        table.AddColumn(new TableColumn($"{elapsed:hh\\:mm\\:ss}").RightAligned());
        table.AddRow("gateways online", Number(figures.GatewaysOnline));
        table.AddRow("steps stored", Number(figures.StepsStored));
        table.AddRow("samples stored", Number(figures.SamplesStored));
        table.AddRow("sent again, stored once", Number(figures.AlreadyStored));
        table.AddRow("refused", Number(figures.Refused));
        table.AddRow("commit latency p50", Milliseconds(figures.CommitMedian));
        table.AddRow("commit latency p99", Milliseconds(figures.Commit99));
        return table.Caption("Ctrl-C stops everything.");
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Milliseconds(TimeSpan value) => value.TotalMilliseconds.ToString("0.00 ms", CultureInfo.InvariantCulture);
}

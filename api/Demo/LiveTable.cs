using System.Globalization;
using Spectre.Console;

namespace StepCloud.Api.Demo;

/// <summary>Shows once a second how the servers are doing: a table on a terminal, a line now and then anywhere else.</summary>
internal sealed class LiveTable(RunningServers servers, IAnsiConsole console, TimeProvider clock)
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
                live.UpdateTarget(ToTable(await servers.ReadFiguresAsync(), clock.GetElapsedTime(started)));
                await Task.Delay(TableInterval, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
    }

    private async Task RunLinesAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(LineInterval, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            string figures = string.Join(", ", (await servers.ReadFiguresAsync()).Select(figure => $"{figure.Name} {figure.Value}"));
            console.Profile.Out.Writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow():HH:mm:ss} {figures}"));
        }
    }

    private Table ToTable(IEnumerable<RunFigure> figures, TimeSpan elapsed)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title($"StepCloud on {servers.First.HttpAddress}, MQTT on {servers.MqttAddresses}");
        table.AddColumn("since the start");
        table.AddColumn(new TableColumn($"{elapsed:hh\\:mm\\:ss}").RightAligned());
        foreach (RunFigure figure in figures) table.AddRow(figure.Name, figure.Value);
        return table.Caption("Ctrl-C stops everything.");
    }
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using StepCloud.GatewaySim.Files;
using StepCloud.GatewaySim.Running;

namespace StepCloud.GatewaySim.Commands;

/// <summary>`gateway-sim run`: all enrolled gateways of the data folder, each with its devices, at work.</summary>
internal sealed class RunCommand
{
    /// <summary>The process whose end was to be ours is often the server: there is not much hope to deliver the rest.</summary>
    private static readonly TimeSpan DrainAfterExitWith = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan DrainDefault = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan ExitWithInterval = TimeSpan.FromMilliseconds(500);

    private readonly DeliveryOptions _delivery = new();
    private readonly Option<TimeSpan?> _for = Arguments.Duration("--for", "Stops by itself after this time; without it, at SIGINT or SIGTERM.");
    private readonly Option<TimeSpan?> _drain = Arguments.Duration("--drain", "How long to go on delivering what is left when it stops (20s).");
    private readonly Option<int?> _exitWith = Arguments.Number("--exit-with", "Stops when the process of this id has ended.", 1, int.MaxValue);
    private readonly Option<string?> _status = new("--status-file") { Description = "Writes one line of JSON a second to this file; - for the standard output.", HelpName = "FILE" };

    private readonly Option<bool> _telemetry = new("--telemetry") { Description = "Tells about once a second what each machine does." };

    private readonly Option<double> _speed = new("--speed")
    {
        Description = "Lets the machines run so many times as fast.",
        HelpName = "N",
        CustomParser = result => Arguments.Parse<double?>(result, TrySpeed, "is not a number from 0.01 to 1000") ?? 1,
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int?> _poison = Arguments.Number("--poison", "Lets one step in N be of a device that nobody announced: no server stores it.", 1, 1_000_000);

    public Command Build(CommandContext context)
    {
        Command command = new("run", "Runs all enrolled gateways of the data folder with their devices.")
        {
            _speed, _poison, _telemetry, _for, _exitWith, _drain, _status,
        };
        _delivery.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, context, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        using DataFolder data = _delivery.OpenData(parsed);
        using HttpClient http = _delivery.OpenHttp(parsed, context);
        Tally tally = new();
        await using GatewaySet gateways = GatewaySet.Open(data.Gateways(), Setup(parsed, http, tally, context));
        if (gateways.All.Count == 0)
            throw DeliveryOptions.NothingEnrolled(data);

        using CancellationTokenSource timeUp = new(parsed.GetValue(_for) ?? Timeout.InfiniteTimeSpan, context.Clock);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeUp.Token);
        TimeSpan drainMax = parsed.GetValue(_drain) ?? DrainDefault;
        using CancellationTokenSource stopReporting = new();
        Task reporting = parsed.GetValue(_status) is { } target
            ? StartReporting(new StatusReporter(gateways.All, tally, target, context.Output, context.Clock), stopReporting.Token)
            : Task.CompletedTask;
        Task watching = parsed.GetValue(_exitWith) is { } process
            ? WatchAsync(process, () => drainMax = DrainAfterExitWith, stop, context.Clock)
            : Task.CompletedTask;
        try
        {
            await new Shop(gateways.All, parsed.GetRequiredValue(_speed), parsed.GetValue(_poison), context.Clock).RunAsync(() => drainMax, stop.Token);
        }
        finally
        {
            await stop.CancelAsync();
            await stopReporting.CancelAsync();
            await Task.WhenAll(reporting, watching);
        }
        return Report(gateways.All, tally, context);
    }

    private GatewaySetup Setup(ParseResult parsed, HttpClient http, Tally tally, CommandContext context)
    {
        GatewaySetup setup = _delivery.Setup(parsed, http, tally, context);
        return parsed.GetValue(_telemetry) ? setup with { Uplink = setup.Uplink with { TelemetryInterval = TimeSpan.FromSeconds(1) } } : setup;
    }

    private static Task StartReporting(StatusReporter reporter, CancellationToken cancellationToken)
    {
        try
        {
            reporter.Report();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"--status-file cannot be written: {e.Message}");
        }
        return reporter.RunAsync(cancellationToken);
    }

    private static async Task WatchAsync(int process, Action onEnd, CancellationTokenSource stop, TimeProvider clock)
    {
        while (IsRunning(process))
        {
            await Task.Delay(ExitWithInterval, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
                return;
        }
        onEnd();
        await stop.CancelAsync();
    }

    private static bool IsRunning(int id)
    {
        try
        {
            using Process process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static int Report(IReadOnlyList<SimulatedGateway> gateways, Tally tally, CommandContext context)
    {
        int left = gateways.Sum(gateway => gateway.Undelivered);
        context.Say($"made {tally.Made} steps, {tally.Samples} samples; acknowledged {tally.Acknowledged}, refused {tally.Refused}, left {left}");
        foreach (SimulatedGateway gateway in gateways.Where(gateway => gateway.Undelivered > 0))
            context.Say($"undelivered: {gateway.Undelivered} steps of gateway {gateway.Id}, kept in {gateway.Folder.OutboxPath}");
        return left == 0 ? ExitCodes.Success : ExitCodes.Incomplete;
    }

    private static double? TrySpeed(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double speed) && speed is >= 0.01 and <= 1000 ? speed : null;
}

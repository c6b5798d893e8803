using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Files;
using StepCloud.GatewaySim.Machines;
using StepCloud.GatewaySim.Replay;
using StepCloud.GatewaySim.Running;

namespace StepCloud.GatewaySim.Commands;

/// <summary>`gateway-sim replay`: sends recorded runs of a CNC mill as the steps of a device.</summary>
internal sealed class ReplayCommand
{
    private readonly Argument<FileInfo[]> _files = new("FILE.csv") { Description = "Recorded jobs; each is one, in this order.", Arity = ArgumentArity.OneOrMore };
    private readonly DeliveryOptions _delivery = new();
    private readonly Option<bool> _json = new("--json") { Description = "Writes one JSON object at the end, and nothing else, to the standard output." };

    private readonly Option<GatewayId?> _gateway = new("--gateway")
    {
        Description = "The gateway that sends; the first enrolled one when not given.",
        HelpName = "ID",
        CustomParser = result => Arguments.Parse<GatewayId?>(result, text => GatewayId.TryParse(text, null, out GatewayId id) ? id : null, "is not the id of a gateway"),
    };

    private readonly Option<ReplaySpeed> _speed = new("--speed")
    {
        Description = "How much faster than recorded, or max: without waiting.",
        HelpName = "N|max",
        CustomParser = result => Arguments.Parse(result, ReplaySpeed.TryParse, "is neither max nor a number over 0") ?? ReplaySpeed.True,
        DefaultValueFactory = _ => ReplaySpeed.True,
    };

    private readonly Option<DateTimeOffset?> _start = new("--start")
    {
        Description = "When the first job began, as 2026-11-21T07:00:00Z; the next follows at its end. Without it a file keeps the start of its first replay.",
        HelpName = "TIME",
        CustomParser = result => Arguments.Parse(result, TryTime, "is not a time with its offset, like 2026-11-21T07:00:00Z"),
    };

    public Command Build(CommandContext context)
    {
        Command command = new("replay", "Sends recorded runs of a CNC mill.") { _files, _gateway, _speed, _start, _json };
        _delivery.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, context, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        // All of them before the first is sent: a fault in the last one is found while nothing has happened yet.
        List<MachiningFile> files = [.. parsed.GetRequiredValue(_files).Select(Read)];
        using DataFolder data = _delivery.OpenData(parsed);
        using HttpClient http = _delivery.OpenHttp(parsed, context);
        Tally tally = new();
        GatewayFolder folder = Choose(data, parsed.GetValue(_gateway));
        await using SimulatedGateway gateway = SimulatedGateway.Open(folder, _delivery.Setup(parsed, http, tally, context));
        DeviceId device = gateway.Devices.Meet(MachineKind.CncMill);
        ReplayStarts starts = ReplayStarts.Read(gateway.Folder.ReplaysPath);
        ReplaySpeed speed = parsed.GetRequiredValue(_speed);
        IReadOnlyList<ReplayJob> jobs = ReplayPlan.Make(files, device, starts, speed, parsed.GetValue(_start), context.Clock.GetUtcNow());

        bool json = parsed.GetValue(_json);
        using (ReplayProgress progress = new(
            files.Sum(file => file.Runs.Count), tally, json ? TextWriter.Null : context.Output, !json && !Console.IsOutputRedirected, context.Clock))
        {
            ReplayRunner runner = new(gateway, device, starts, speed, context.Clock);
            await runner.RunAsync(jobs, progress.StepMade, cancellationToken);
        }
        bool stopped = cancellationToken.IsCancellationRequested;
        context.Say(json ? Json(gateway, device, files.Count, tally) : Line(gateway, files.Count, tally, stopped));
        return gateway.Undelivered == 0 && tally.Refused == 0 && !stopped ? ExitCodes.Success : ExitCodes.Incomplete;
    }

    private static MachiningFile Read(FileInfo file)
    {
        try
        {
            return MachiningCsv.Read(file.ToString(), File.ReadAllBytes(file.FullName));
        }
        catch (MachiningCsvException e)
        {
            throw new UserErrorException(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{file} cannot be read: {e.Message}");
        }
    }

    private static GatewayFolder Choose(DataFolder data, GatewayId? wanted) =>
        data.Gateways().FirstOrDefault(gateway => wanted is null || gateway.Credentials.Id == wanted)
        ?? throw (wanted is null ? DeliveryOptions.NothingEnrolled(data) : new UserErrorException($"The gateway {wanted} is not enrolled in {data.Path}."));

    private static string Line(SimulatedGateway gateway, int files, Tally tally, bool stopped) =>
        $"{(stopped ? "stopped in the replay of" : "replayed")} {files} files: {tally.Made} steps, {tally.Samples} samples; acknowledged {tally.Acknowledged}, refused {tally.Refused}, left {gateway.Undelivered}";

    private static string Json(SimulatedGateway gateway, DeviceId device, int files, Tally tally) => JsonSerializer.Serialize(new
    {
        gateway = gateway.Id,
        device,
        files,
        steps = tally.Made,
        samples = tally.Samples,
        acknowledged = tally.Acknowledged,
        refused = tally.Refused,
        left = gateway.Undelivered,
    });

    // An offset is required: a time of day that means another one on another machine would make other steps there.
    private static DateTimeOffset? TryTime(string text) =>
        DateTimeOffset.TryParseExact(
            text,
            ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFzzz"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out DateTimeOffset time)
            ? time
            : null;
}

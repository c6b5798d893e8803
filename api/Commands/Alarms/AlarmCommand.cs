using System.CommandLine;
using StepCloud.Api.Alarms;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Alarms;

namespace StepCloud.Api.Commands.Alarms;

/// <summary>`stepcloud alarm`: what an organization was warned of, and what did not reach whom it was for.</summary>
internal sealed class AlarmCommand(TimeProvider clock)
{
    /// <summary>What a person looks through; a program asks the API for pages.</summary>
    private const int RowsMax = 200;

    private readonly OrganizationOption _organization = new("Of this organization; needed.");
    private readonly Option<string?> _state = new("--state") { Description = "Only those in this state.", HelpName = "STATE" };
    private readonly Argument<string> _id = new("id") { Description = "The delivery's id, as 'alarm delivery list' shows it." };
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        _state.AcceptOnlyFromAmong([.. AlarmWords.States, "pending", "delivered", "dead"]);
        Command list = Described(new Command("list", $"The newest alarms, {RowsMax} at most: raised, acknowledged, cleared.") { _state }, ListAsync);
        Command deliveries = Described(new Command("list", $"The newest deliveries, {RowsMax} at most: pending, delivered, dead.") { _state }, ListDeliveriesAsync);
        Command retry = Described(new Command("retry", "Try a delivery again that was given up.") { _id }, RetryAsync);
        return new Command("alarm", "Alarms, and who is told of them.") { list, new Command("delivery", "What channels were told.") { deliveries, retry } };
    }

    private Command Described(Command command, Func<ParseResult, StepCloudDatabase, OrganizationId, CancellationToken, Task> work)
    {
        command.Options.Add(_json);
        _organization.AddTo(command);
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            OrganizationId organization = _organization.ReadNeeded(parsed);
            return DatabaseOnly.UseAsync(
                _common.CreateBuilder(parsed).Configuration,
                async database =>
                {
                    await OrganizationOption.RequireAsync(organization, database.Database, cancellationToken);
                    await work(parsed, database.Database, organization, cancellationToken);
                    return ExitCodes.Good;
                },
                clock,
                cancellationToken);
        });
        return command;
    }

    private async Task ListAsync(ParseResult parsed, StepCloudDatabase database, OrganizationId organization, CancellationToken cancellationToken)
    {
        AlarmFilter filter = new(organization) { State = parsed.GetValue(_state) };
        List<AlarmRow> alarms = await new AlarmQueries(database).ListAsync(filter, before: null, RowsMax, cancellationToken);
        Say(parsed, new { alarms = alarms.Select(AlarmResponse.Of) }, alarms.Select(TextOf), "There is no alarm.");
    }

    private async Task ListDeliveriesAsync(ParseResult parsed, StepCloudDatabase database, OrganizationId organization, CancellationToken cancellationToken)
    {
        List<DeliveryRow> deliveries = await new DeliveryQueries(database, clock)
            .ListAsync(organization, parsed.GetValue(_state), channel: null, before: null, RowsMax, cancellationToken);
        Say(parsed, new { deliveries }, deliveries.Select(TextOf), "There is no delivery.");
    }

    private async Task RetryAsync(ParseResult parsed, StepCloudDatabase database, OrganizationId organization, CancellationToken cancellationToken)
    {
        string text = parsed.GetRequiredValue(_id);
        if (!AlarmDeliveryId.TryParse(text, null, out AlarmDeliveryId id))
            throw new SettingException("id", $"'{text}' is not a delivery's id; 'stepcloud alarm delivery list' shows them.");
        DeliveryQueries deliveries = new(database, clock);
        bool isBegun = await deliveries.RetryAsync(organization, id, cancellationToken);
        DeliveryRow delivery = await deliveries.FindAsync(organization, id, cancellationToken)
            ?? throw new CommandRefusedException(CommandRefusedException.NotFound, $"There is no delivery {id}: see 'stepcloud alarm delivery list'.");
        Say(parsed, new { outcome = isBegun ? "begun" : "not_dead", delivery }, [isBegun ? $"{id} is tried again." : $"{id} is {delivery.State}: nothing is to be done."], "");
    }

    private void Say(ParseResult parsed, object json, IEnumerable<string> lines, string none)
    {
        if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(json));
        else foreach (string line in lines.DefaultIfEmpty(none)) Console.WriteLine(line);
    }

    private static string TextOf(AlarmRow alarm) =>
        $"{alarm.Id}  {alarm.State}, {alarm.Severity}: {alarm.RuleName}, {(alarm.Gateway is { } gateway ? $"gateway {gateway}" : $"device {alarm.Device}")}, raised {alarm.RaisedAt:u}{(alarm.ClearedAt is { } at ? $", cleared {at:u}" : "")}";

    private static string TextOf(DeliveryRow delivery) =>
        $"{delivery.Id}  {delivery.State}, {delivery.Event} to channel {delivery.Channel}, made {delivery.CreatedAt:u}, {delivery.Attempts} tries{(delivery.LastError is { } error ? $": {error}" : "")}";
}

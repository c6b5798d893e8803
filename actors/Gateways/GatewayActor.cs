using Microsoft.Extensions.Options;
using StepCloud.Actors.Hosting;
using StepCloud.Actors.Ports;
using StepCloud.Actors.Sessions;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Sessions;
using StepCloud.Contracts.Steps;
using StepCloud.Contracts.Telemetry;

namespace StepCloud.Actors.Gateways;

/// <summary>A gateway: what it may send, for which devices, in which order.</summary>
/// <remarks>A batch is accepted inside one turn, commit included: so the steps of a gateway are committed in the order they came.</remarks>
public class GatewayActor(
    GatewayId id,
    IGatewayRegistry gateways,
    IGatewayChanges changes,
    IDeviceRegistry deviceRegistry,
    IEventStore events,
    IStepAllowance allowance,
    ITelemetryStore telemetry,
    ICommittedStepFeed feed,
    IEnumerable<IDeviceNews> news,
    TokenFamily tokenFamily,
    ICommandStore commandStore,
    ICommandLink commandLink,
    IOptions<CommandOptions> commandOptions,
    IPresenceStore presence,
    TimeProvider clock) : IGateway, IActivated
{
    private readonly IDeviceNews[] _news = [.. news];
    private readonly GatewayLink _link = new(id, presence, clock);
    private readonly KnownDevices _devices = new(deviceRegistry);
    private readonly CommitOrder _order = new();
    private readonly CommandDispatch _commands = new(id, commandStore, commandLink, commandOptions.Value, clock);
    private GatewayRecord? _record;

    public async Task ActivateAsync(CancellationToken cancellationToken)
    {
        await _link.LoadAsync(cancellationToken);
        _record = await gateways.FindAsync(id, cancellationToken);
        if (_record is not null) _devices.MoveTo(_record.Site);
    }

    public Task DeactivateAsync(CancellationToken cancellationToken) => _record is null ? Task.CompletedTask : _link.FlushAsync(cancellationToken);

    public async Task<SessionGrant?> StartSessionAsync(AuditDoer doer, CancellationToken cancellationToken) =>
        await FindOpenAsync(cancellationToken) is { } record
            ? await tokenFamily.StartAsync(HolderOf(record), SessionStarts.Pairing, endOthers: true, doer, cancellationToken)
            : null;

    public async Task<RefreshOutcome> RefreshAsync(Secret refreshToken, SessionOrigin origin, CancellationToken cancellationToken) =>
        await FindOpenAsync(cancellationToken) is { } record
            ? await tokenFamily.RefreshAsync(HolderOf(record), refreshToken.Value, origin, cancellationToken)
            : RefreshOutcome.Refused.Instance;

    public async Task<ChangeGatewayOutcome> TransferAsync(SiteId site, AuditDoer doer, CancellationToken cancellationToken)
    {
        if (await changes.TransferAsync(id, site, doer, cancellationToken) is not { } record) return ChangeGatewayOutcome.UnknownSite.Instance;
        Follow(record);
        return Changed(record);
    }

    public async Task<ChangeGatewayOutcome> UnpairAsync(AuditDoer doer, CancellationToken cancellationToken)
    {
        if (await gateways.FindAsync(id, cancellationToken) is not { } record) return ChangeGatewayOutcome.UnknownGateway.Instance;
        await changes.UnpairAsync(id, doer, cancellationToken);
        Follow(record with { Revoked = true });
        return Changed(record);
    }

    public async Task<IReadOnlyList<AnnounceOutcome>> AnnounceAsync(
        IReadOnlyList<DeviceAnnouncement> devices, SessionOrigin origin, CancellationToken cancellationToken)
    {
        if (_record is not { Revoked: false } record)
            return [.. devices.Select(_ => new AnnounceOutcome.Refused(GatewayRefusals.Revoked))];

        IReadOnlyList<AnnounceOutcome> outcomes =
            await deviceRegistry.AnnounceAsync(record, devices, AuditDoer.Gateway(id, origin), cancellationToken);
        _devices.Forget(devices.Select(device => device.Device));
        return outcomes;
    }

    public async Task<IReadOnlyList<StepOutcome>> AcceptAsync(IReadOnlyList<StepEvent> steps, CancellationToken cancellationToken)
    {
        if (_record is not { Revoked: false } record)
            return [.. steps.Select(_ => new StepOutcome.Refused(GatewayRefusals.Revoked))];

        if (await allowance.CheckAsync(record.Organization, cancellationToken) is { } none)
            return [.. steps.Select(_ => new StepOutcome.Refused(none))];

        (StepOutcome?[] outcomes, List<StepEvent> accepted) =
            await CheckDevicesAsync<StepEvent, StepOutcome>(steps, step => (step.Device, step.Ended), refusal => new StepOutcome.Refused(refusal), cancellationToken);
        if (accepted.Count > 0)
        {
            DateTimeOffset received = clock.GetUtcNow();
            IReadOnlyList<StepOutcome> committed = await events.AppendAsync(OriginOf(record), accepted, cancellationToken);
            Merge(outcomes, committed);
            allowance.Count(record.Organization, committed.Count(outcome => outcome is StepOutcome.Stored));
            await _link.HeardAsync(accepted, received, cancellationToken);
            foreach ((DeviceId device, CommittedSteps told) in _order.Notices(accepted, committed)) feed.Publish(device, told);
            Tell(record, DeviceNewsKind.StepsCommitted, accepted.Select(step => step.Device));
        }

        return outcomes!;
    }

    public async Task<IReadOnlyList<TelemetryOutcome>> ReportAsync(IReadOnlyList<TelemetryElement> elements, CancellationToken cancellationToken)
    {
        if (_record is not { Revoked: false } record)
            return [.. elements.Select(_ => new TelemetryOutcome.Refused(GatewayRefusals.Revoked))];

        (TelemetryOutcome?[] outcomes, List<TelemetryElement> accepted) = await CheckDevicesAsync<TelemetryElement, TelemetryOutcome>(
            elements, element => (element.Device, element.Sent), refusal => new TelemetryOutcome.Refused(refusal), cancellationToken);
        if (accepted.Count > 0)
        {
            DateTimeOffset received = clock.GetUtcNow();
            Merge(outcomes, await telemetry.StoreAsync(OriginOf(record), accepted, received, cancellationToken));
            await _link.HeardAsync(accepted, received, cancellationToken);
            Tell(record, DeviceNewsKind.TelemetryCommitted, accepted.Select(element => element.Device));
        }

        return outcomes!;
    }

    public async Task<SendCommandOutcome> SendCommandAsync(GatewayCommand command, AuditDoer by, CancellationToken cancellationToken) =>
        await FindOpenAsync(cancellationToken) is { } record
            ? await _commands.AddAsync(record, command, by, _link.IsOnline, cancellationToken)
            : SendCommandOutcome.UnknownGateway.Instance;

    public async Task<IReadOnlyList<AnswerCommandOutcome>> AnswerCommandsAsync(
        IReadOnlyList<CommandAnswer> answers, SessionOrigin origin, CancellationToken cancellationToken) =>
        _record is { Revoked: false }
            ? await _commands.AnswerAsync(answers, AuditDoer.Gateway(id, origin), cancellationToken)
            : [.. answers.Select(_ => new AnswerCommandOutcome.Refused(GatewayRefusals.Revoked))];

    public Task<IReadOnlyList<GatewayCommand>> FetchCommandsAsync(CancellationToken cancellationToken) => _commands.FetchAsync(cancellationToken);

    public Task CommandDeliveredAsync(CommandDelivery delivery, CancellationToken cancellationToken) =>
        _commands.DeliveredAsync(delivery, cancellationToken);

    public Task ListensForCommandsAsync(CancellationToken cancellationToken) => _commands.SendQueuedAsync(cancellationToken);

    public async Task ConnectedAsync(GatewayConnection connection, CancellationToken cancellationToken)
    {
        await _link.ConnectedAsync(connection, cancellationToken);
        if (_record is { } record) Tell(record, DeviceNewsKind.PresenceChanged, []);
        await _commands.ConnectedAsync(connection.SessionPresent, cancellationToken);
    }

    public async Task DisconnectedAsync(string connection, CancellationToken cancellationToken)
    {
        if (await _link.DisconnectedAsync(connection, cancellationToken) && _record is { } record) Tell(record, DeviceNewsKind.PresenceChanged, []);
    }

    /// <summary>Refuses what is of devices that are not of this gateway's site.</summary>
    private async Task<(TOutcome?[] Outcomes, List<T> Accepted)> CheckDevicesAsync<T, TOutcome>(
        IReadOnlyList<T> items, Func<T, (DeviceId Device, DateTimeOffset MadeAt)> of, Func<Refusal, TOutcome> refused, CancellationToken cancellationToken)
        where TOutcome : class
    {
        Refusal?[] refusals = await _devices.CheckAsync([.. items.Select(of)], cancellationToken);
        TOutcome?[] outcomes = new TOutcome?[items.Count];
        List<T> accepted = new(items.Count);
        for (int i = 0; i < items.Count; i++)
        {
            if (refusals[i] is { } refusal) outcomes[i] = refused(refusal);
            else accepted.Add(items[i]);
        }

        return (outcomes, accepted);
    }

    private void Tell(GatewayRecord record, DeviceNewsKind kind, IEnumerable<DeviceId> devices)
    {
        if (_news.Length == 0) return;
        DeviceNews told = new(kind, record.Organization, record.Site, id, devices.ToHashSet());
        foreach (IDeviceNews hearer in _news) hearer.Publish(told);
    }

    /// <summary>Read anew each time: a revocation must not wait for this activation to end.</summary>
    private async Task<GatewayRecord?> FindOpenAsync(CancellationToken cancellationToken)
    {
        Follow(await gateways.FindAsync(id, cancellationToken));
        return _record is { Revoked: false } ? _record : null;
    }

    /// <summary>What comes from now on is judged by that record: by its site, and by whether it is revoked.</summary>
    private void Follow(GatewayRecord? record)
    {
        _record = record;
        if (record is not null) _devices.MoveTo(record.Site);
    }

    private static ChangeGatewayOutcome.Changed Changed(GatewayRecord record) => new(new PairedGateway(record.Id, record.Name, record.Site));

    private static SessionHolder HolderOf(GatewayRecord record) => new(HolderKind.Gateway, record.Id.Value, record.Organization, []);

    private StepOrigin OriginOf(GatewayRecord record) => new(record.Organization, record.Site, id);

    private static void Merge<TOutcome>(TOutcome?[] outcomes, IReadOnlyList<TOutcome> committed) where TOutcome : class
    {
        int next = 0;
        for (int i = 0; i < outcomes.Length; i++) outcomes[i] ??= committed[next++];
    }
}

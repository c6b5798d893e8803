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

namespace StepCloud.Actors.Gateways;

/// <summary>A gateway: what it may send, for which devices, in which order.</summary>
/// <remarks>A batch is accepted inside one turn, commit included: so the steps of a gateway are committed in the order they came.</remarks>
public sealed class GatewayActor(
    GatewayId id,
    IGatewayRegistry gateways,
    IGatewayChanges changes,
    IDeviceRegistry deviceRegistry,
    IEventStore events,
    IStepAllowance allowance,
    ICommittedStepFeed feed,
    TokenFamily tokenFamily,
    ICommandStore commandStore,
    ICommandLink commandLink,
    IOptions<CommandOptions> commandOptions,
    IActorStateStore stateStore,
    TimeProvider clock) : IGateway, IActivated
{
    private readonly ActorDocument<GatewayState> _document = new(stateStore, "gateway", id.ToString());
    private readonly KnownDevices _devices = new(deviceRegistry);
    private readonly CommitOrder _order = new();
    private readonly CommandDispatch _commands = new(id, commandStore, commandLink, commandOptions.Value, clock);
    private GatewayRecord? _record;
    private GatewayConnection? _connection;

    public async Task ActivateAsync(CancellationToken cancellationToken)
    {
        await _document.LoadAsync(cancellationToken);
        _record = await gateways.FindAsync(id, cancellationToken);
        if (_record is not null) await _devices.LoadAsync(_record.Site, cancellationToken);
    }

    public Task DeactivateAsync(CancellationToken cancellationToken) =>
        _record is null ? Task.CompletedTask : _document.SaveAsync(cancellationToken);

    public async Task<SessionGrant?> StartSessionAsync(AuditDoer doer, CancellationToken cancellationToken) =>
        await FindOpenAsync(cancellationToken) is { } record
            ? await tokenFamily.StartAsync(HolderOf(record), SessionStarts.Pairing, endOthers: true, doer, cancellationToken)
            : null;

    public async Task<RefreshOutcome> RefreshAsync(string refreshToken, SessionOrigin origin, CancellationToken cancellationToken) =>
        await FindOpenAsync(cancellationToken) is { } record
            ? await tokenFamily.RefreshAsync(HolderOf(record), refreshToken, origin, cancellationToken)
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
        await _devices.LoadAsync(record.Site, cancellationToken);
        return outcomes;
    }

    public async Task<IReadOnlyList<StepOutcome>> AcceptAsync(IReadOnlyList<StepEvent> steps, CancellationToken cancellationToken)
    {
        if (_record is not { Revoked: false } record)
            return [.. steps.Select(_ => new StepOutcome.Refused(GatewayRefusals.Revoked))];

        if (await allowance.CheckAsync(record.Organization, cancellationToken) is { } none)
            return [.. steps.Select(_ => new StepOutcome.Refused(none))];

        StepOutcome?[] outcomes = new StepOutcome?[steps.Count];
        List<StepEvent> accepted = new(steps.Count);
        for (int i = 0; i < steps.Count; i++)
        {
            Refusal? refusal = await _devices.CheckAsync(steps[i].Device, cancellationToken);
            if (refusal is null) accepted.Add(steps[i]);
            else outcomes[i] = new StepOutcome.Refused(refusal);
        }

        if (accepted.Count > 0)
        {
            StepOrigin origin = new(record.Organization, record.Site, id);
            IReadOnlyList<StepOutcome> committed = await events.AppendAsync(origin, accepted, cancellationToken);
            Merge(outcomes, committed);
            allowance.Count(record.Organization, committed.Count(outcome => outcome is StepOutcome.Stored));
            _document.State.LastStepAt = clock.GetUtcNow();
            foreach ((DeviceId device, CommittedSteps news) in _order.Notices(accepted, committed)) feed.Publish(device, news);
        }

        return outcomes!;
    }

    public async Task<SendCommandOutcome> SendCommandAsync(GatewayCommand command, AuditDoer by, CancellationToken cancellationToken) =>
        await FindOpenAsync(cancellationToken) is { } record
            ? await _commands.AddAsync(record, command, by, _connection is not null, cancellationToken)
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
        _connection = connection;
        _document.State.Since = clock.GetUtcNow();
        _document.State.Protocol = connection.Protocol;
        await _document.SaveAsync(cancellationToken);
        await _commands.ConnectedAsync(connection.SessionPresent, cancellationToken);
    }

    public async Task DisconnectedAsync(string connection, CancellationToken cancellationToken)
    {
        if (_connection?.Connection != connection) return;
        _connection = null;
        _document.State.Since = clock.GetUtcNow();
        await _document.SaveAsync(cancellationToken);
    }

    public Task<GatewayStatus> GetStatusAsync(CancellationToken cancellationToken) => Task.FromResult(
        new GatewayStatus(id, _connection is not null, _document.State.Since, _document.State.Protocol, _document.State.LastStepAt));

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

    private static void Merge(StepOutcome?[] outcomes, IReadOnlyList<StepOutcome> committed)
    {
        int next = 0;
        for (int i = 0; i < outcomes.Length; i++) outcomes[i] ??= committed[next++];
    }
}

/// <summary>What is remembered of a gateway beside the registry.</summary>
public sealed class GatewayState
{
    /// <summary>When it last came or went.</summary>
    public DateTimeOffset? Since { get; set; }

    public string? Protocol { get; set; }

    public DateTimeOffset? LastStepAt { get; set; }
}

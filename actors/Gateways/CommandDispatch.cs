using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Actors.Gateways;

/// <summary>Brings commands to one gateway. How far each has come stands in the store alone, so nothing is lost with this object.</summary>
/// <remarks>
/// A command is sent and then marked as sent: after a crash in between it is sent again, and its id makes that harmless. What was sent
/// waits in the gateway's MQTT session; when that is gone, so is what waited in it, and it is sent anew.
/// </remarks>
internal sealed class CommandDispatch(GatewayId gateway, ICommandStore store, ICommandLink link, CommandOptions options, TimeProvider clock)
{
    private AuditDoer Itself => AuditDoer.Gateway(gateway, new SessionOrigin("", "MQTT"));

    /// <summary>Something found no room: it is tried again when there is.</summary>
    private bool _hasLost;

    public async Task<SendCommandOutcome> AddAsync(
        GatewayRecord record, GatewayCommand command, AuditDoer by, bool isConnected, CancellationToken cancellationToken)
    {
        if (await store.CountOpenAsync(gateway, clock.GetUtcNow(), cancellationToken) >= options.OpenPerGatewayMax)
            return new SendCommandOutcome.TooMany(options.OpenPerGatewayMax);
        if (!await store.AddAsync(record, command, by, cancellationToken)) return SendCommandOutcome.IdTaken.Instance;
        if (isConnected) await SendQueuedAsync(cancellationToken);
        return new SendCommandOutcome.Taken(command);
    }

    /// <summary>Sends what waits, oldest first, as long as the gateway takes it.</summary>
    public Task SendQueuedAsync(CancellationToken cancellationToken) => QueuedCommands.SendAsync(gateway, store, link, clock, cancellationToken);

    public async Task<IReadOnlyList<GatewayCommand>> FetchAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<GatewayCommand> open = await store.ListUnansweredAsync(gateway, clock.GetUtcNow(), cancellationToken);
        if (open.Count > 0) await store.MarkSentAsync(gateway, [.. open.Select(command => command.Id)], clock.GetUtcNow(), cancellationToken);
        return open;
    }

    public async Task DeliveredAsync(CommandDelivery delivery, CancellationToken cancellationToken)
    {
        switch (delivery)
        {
            case { Problem: { } problem }:
                await store.MarkLostAsync(gateway, delivery.Command, problem, cancellationToken);
                _hasLost = true;
                return;
            case { ReasonCode: 0 }:
                await store.MarkDeliveredAsync(gateway, delivery.Command, clock.GetUtcNow(), cancellationToken);
                break;
            default:
                // A PUBACK that refuses is an answer: sent again, the command would only be refused again.
                string message = $"Refused in its acknowledgement, Reason Code 0x{delivery.ReasonCode:X2}.";
                await AnswerAsync([new CommandAnswer(delivery.Command, CommandResult.Refused, message, null)], Itself, cancellationToken);
                break;
        }

        if (!_hasLost) return;
        _hasLost = false;
        await SendQueuedAsync(cancellationToken);
    }

    public Task<IReadOnlyList<AnswerCommandOutcome>> AnswerAsync(
        IReadOnlyList<CommandAnswer> answers, AuditDoer by, CancellationToken cancellationToken) =>
        store.AnswerAsync(gateway, answers, by, clock.GetUtcNow(), cancellationToken);

    /// <summary>The gateway has connected, with a session or without one.</summary>
    public Task ConnectedAsync(bool sessionPresent, CancellationToken cancellationToken) =>
        sessionPresent ? SendQueuedAsync(cancellationToken) : store.MarkAllLostAsync(gateway, cancellationToken);
}

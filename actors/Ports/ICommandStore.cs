using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

/// <summary>The commands to gateways, and how far each has come.</summary>
public interface ICommandStore
{
    /// <returns>False when the id is taken.</returns>
    Task<bool> AddAsync(GatewayRecord gateway, GatewayCommand command, AuditDoer by, CancellationToken cancellationToken);

    /// <summary>Commands that are neither answered nor past their deadline.</summary>
    Task<int> CountOpenAsync(GatewayId gateway, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Commands that wait to be sent, oldest first, up to their deadline.</summary>
    Task<IReadOnlyList<GatewayCommand>> ListQueuedAsync(GatewayId gateway, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Commands without an answer, oldest first, up to their deadline.</summary>
    Task<IReadOnlyList<GatewayCommand>> ListUnansweredAsync(GatewayId gateway, DateTimeOffset now, CancellationToken cancellationToken);

    Task MarkSentAsync(GatewayId gateway, IReadOnlyList<CommandId> commands, DateTimeOffset at, CancellationToken cancellationToken);

    Task MarkDeliveredAsync(GatewayId gateway, CommandId command, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Back to queued, if it has not been delivered.</summary>
    /// <param name="problem">Why, for whoever sent it.</param>
    Task MarkLostAsync(GatewayId gateway, CommandId command, string problem, CancellationToken cancellationToken);

    /// <summary>Back to queued: all that were sent and not delivered.</summary>
    Task MarkAllLostAsync(GatewayId gateway, CancellationToken cancellationToken);

    /// <summary>Stores the answers, in one transaction. The first answer to a command stands; the same again is recognized.</summary>
    /// <returns>One outcome for each, in their order.</returns>
    Task<IReadOnlyList<AnswerCommandOutcome>> AnswerAsync(
        GatewayId gateway, IReadOnlyList<CommandAnswer> answers, AuditDoer by, DateTimeOffset at, CancellationToken cancellationToken);
}

using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Actors.Ports;

/// <summary>The steps of all devices, for ever. Many gateways' steps share one transaction.</summary>
public interface IEventStore
{
    /// <summary>Stores what is new. The task completes after the commit (`synchronous_commit=on`), never before.</summary>
    /// <param name="origin">Whose steps these are; steps of one gateway are committed in the order of the calls.</param>
    /// <returns>One outcome for each step, in their order.</returns>
    /// <remarks>
    /// While the database is away the call waits and tries again: a batch is its own proof against being stored twice.
    /// Callers are held back while too many bytes wait, so memory stays bounded.
    /// </remarks>
    /// <exception cref="OperationCanceledException">Cancelled: whether the steps were stored is not known, and a resend is harmless.</exception>
    Task<IReadOnlyList<StepOutcome>> AppendAsync(StepOrigin origin, IReadOnlyList<StepEvent> steps, CancellationToken cancellationToken);

    /// <summary>A device's committed steps after a position, in the order of their commits.</summary>
    Task<IReadOnlyList<CommittedStepHead>> ReadAfterAsync(DeviceId device, long position, int countMax, CancellationToken cancellationToken);
}

public sealed record StepOrigin(OrganizationId Organization, SiteId Site, GatewayId Gateway);

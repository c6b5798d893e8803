using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;

namespace StepCloud.Actors.Ports;

/// <summary>How many steps an organization may still send today (UTC), by its plan.</summary>
/// <remarks>
/// Looked at once for a message, so a day can end up with as many more as one message has. What is known of the plan and of other
/// processes' steps is some seconds old. A database that is away bounds nothing: then the commit waits, and the step is not lost.
/// </remarks>
public interface IStepAllowance
{
    /// <returns>Why no step is taken; null while there is room.</returns>
    ValueTask<Refusal?> CheckAsync(OrganizationId organization, CancellationToken cancellationToken);

    /// <summary>Counts what was committed. A step that was sent again is not counted again.</summary>
    void Count(OrganizationId organization, int stored);
}

using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Retention;

/// <summary>Holds steps without samples against what the audit tells of samples that were taken away: so that nobody hides an alteration by taking the samples too.</summary>
/// <remarks>What the audit tells is of an organization: one of these for all that is looked at together, or each part would find the same room anew.</remarks>
public sealed class ThinnedSteps(StepCloudDatabase database)
{
    private readonly Dictionary<(OrganizationId, StepMonth), long> _met = [];
    private readonly Dictionary<(OrganizationId, StepMonth), long> _told = [];

    /// <summary>Looked at until now.</summary>
    public long Count { get; private set; }

    /// <returns>Null when the audit has a place for it.</returns>
    public async Task<string?> FaultOfAsync(OrganizationId organization, StepId step, CancellationToken cancellationToken)
    {
        Count++;
        (OrganizationId, StepMonth) key = (organization, StepMonth.Of(step));
        long met = _met[key] = _met.GetValueOrDefault(key) + 1;
        // Told once more before it is a fault: retention may be at work.
        if (met > _told.GetValueOrDefault(key)) _told[key] = await CountToldAsync(organization, key.Item2, cancellationToken);
        return met <= _told[key] ? null : "its samples are gone, and the audit tells of no such retention";
    }

    /// <summary>Of those that were thinned in the month, those that were dropped since are there no more.</summary>
    private Task<long> CountToldAsync(OrganizationId organization, StepMonth month, CancellationToken cancellationToken) => database.ScalarAsync<long>(
        new Sql(
            """
            SELECT coalesce(sum(CASE action WHEN $2 THEN (new_values ->> 'steps')::bigint ELSE -(new_values ->> 'thinned')::bigint END), 0)::bigint
            FROM audit_entry WHERE chain_id = $1 AND action IN ($2, $3) AND new_values ->> 'month' = $4
            """,
            organization.Value, AuditActions.StepsThinned, AuditActions.StepsDropped, month.Text),
        cancellationToken);
}

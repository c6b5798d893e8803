using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Retention;

/// <summary>Holds steps without samples against what the audit tells of samples that were taken away: so that nobody hides an alteration by taking the samples too.</summary>
internal sealed class ThinnedSteps(StepCloudDatabase database)
{
    private readonly Dictionary<(OrganizationId, StepMonth), long> _left = [];

    /// <summary>Looked at until now.</summary>
    public long Count { get; private set; }

    /// <returns>Null when the audit has a place for it.</returns>
    public async Task<string?> FaultOfAsync(OrganizationId organization, StepId step, CancellationToken cancellationToken)
    {
        Count++;
        (OrganizationId, StepMonth) key = (organization, StepMonth.Of(step));
        if (!_left.TryGetValue(key, out long left)) left = await CountToldAsync(organization, key.Item2, cancellationToken);
        _left[key] = left - 1;
        return left > 0 ? null : "its samples are gone, and the audit tells of no such retention";
    }

    private Task<long> CountToldAsync(OrganizationId organization, StepMonth month, CancellationToken cancellationToken) => database.ScalarAsync<long>(
        new Sql(
            "SELECT coalesce(sum((new_values ->> 'steps')::bigint), 0)::bigint FROM audit_entry WHERE chain_id = $1 AND action = $2 AND new_values ->> 'month' = $3",
            organization.Value, AuditActions.StepsThinned, month.Text),
        cancellationToken);
}

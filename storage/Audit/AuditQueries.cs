using System.Runtime.CompilerServices;
using System.Text;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>The audit as people read it: of one chain, newest first.</summary>
public sealed class AuditQueries(StepCloudDatabase database)
{
    private const int EntriesPerRead = 500;

    /// <param name="organization">Null for the chain of the installation.</param>
    /// <param name="before">Only entries with a smaller sequence.</param>
    public async Task<IReadOnlyList<AuditEntry>> ListAsync(
        OrganizationId? organization, AuditFilter filter, long? before, int countMax, CancellationToken cancellationToken)
    {
        // What no database can hold, none holds.
        if (new[] { filter.SubjectKind, filter.Subject, filter.Action }.Any(text => text is not null && !StorableText.Is(text))) return [];
        List<object?> values = [organization?.Value ?? Guid.Empty];
        StringBuilder where = new("chain_id = $1");
        And("sequence < ", before);
        And("subject_kind = ", filter.SubjectKind);
        And("subject_id = ", filter.Subject);
        And("doer_id = ", filter.Doer);
        And("action = ", filter.Action);
        And("at >= ", filter.From);
        And("at < ", filter.To);
        values.Add(countMax);
        Sql select = new(
            $"SELECT {AuditRows.EntryColumns} FROM audit_entry WHERE {where} ORDER BY sequence DESC LIMIT ${values.Count}", [.. values]);
        return await database.ListAsync(select, AuditRows.Entry, cancellationToken);

        // Only what is asked for is in the text: each combination has a plan of its own.
        void And(string condition, object? value)
        {
            if (value is null) return;
            values.Add(value);
            where.Append(" AND ").Append(condition).Append('$').Append(values.Count);
        }
    }

    /// <summary>As <see cref="ListAsync"/>, all of them: for what is about one thing, or by one person.</summary>
    public async Task<List<AuditEntry>> ListAllAsync(OrganizationId? organization, AuditFilter filter, CancellationToken cancellationToken)
    {
        List<AuditEntry> all = [];
        while (true)
        {
            IReadOnlyList<AuditEntry> read = await ListAsync(organization, filter, all.Count == 0 ? null : all[^1].Sequence, EntriesPerRead, cancellationToken);
            all.AddRange(read);
            if (read.Count < EntriesPerRead) return all;
        }
    }

    /// <summary>The whole chain, the first entry first. Holds no connection while its reader is slow: what was read cannot change behind it.</summary>
    public async IAsyncEnumerable<AuditEntry> StreamAsync(
        OrganizationId? organization, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long last = 0;
        while (true)
        {
            List<AuditEntry> read = await database.ListAsync(
                new Sql(
                    $"SELECT {AuditRows.EntryColumns} FROM audit_entry WHERE chain_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
                    organization?.Value ?? Guid.Empty, last, EntriesPerRead),
                AuditRows.Entry,
                cancellationToken);
            foreach (AuditEntry entry in read) yield return entry;
            if (read.Count < EntriesPerRead) yield break;
            last = read[^1].Sequence;
        }
    }
}

/// <summary>Which entries; null takes all.</summary>
/// <param name="From">From this time on.</param>
/// <param name="To">Before this time.</param>
public sealed record AuditFilter(
    string? SubjectKind = null, string? Subject = null, Guid? Doer = null, string? Action = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

using StepCloud.Actors.Alarms;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Registry;

namespace StepCloud.Storage.Alarms;

/// <summary>What a new organization begins with, so that somebody is told when a gateway's data stops although nobody has thought of it: a rule, and its owner's e-mail (ADR 0024).</summary>
/// <remarks>Made as if by hand: it stands in the lists and in the audit, can be changed, and is not made again when it goes into the archive.</remarks>
internal static class FirstAlarms
{
    /// <summary>Shops switch their machines off for the night: what tells of that each evening is soon read by nobody.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromDays(1);

    /// <summary>In the transaction that makes the organization.</summary>
    /// <param name="entries">Of the audit, for the caller to write.</param>
    public static Task AddRuleAsync(
        DatabaseSession transaction, OrganizationId organization, AuditDoer doer, DateTimeOffset now, ICollection<NewAuditEntry> entries, CancellationToken cancellationToken) =>
        AddAsync(
            transaction, Entities.AlarmRule, organization,
            new Dictionary<string, object?>
            {
                ["organization"] = organization.Value, ["name"] = "Gateway silent for a day", ["severity"] = "warning",
                ["condition"] = AlarmCondition.Name(AlarmSubject.GatewaySilence), ["for_s"] = (long)Silence.TotalSeconds,
            },
            doer, now, entries, cancellationToken);

    /// <summary>In the transaction that makes a member whose address is verified: of the first one, and only while the rule is there and nobody has made a channel.</summary>
    /// <param name="entries">Of the audit, for the caller to write.</param>
    public static async Task AddChannelAsync(
        DatabaseSession transaction, OrganizationId organization, UserId first, AuditDoer doer, DateTimeOffset now, ICollection<NewAuditEntry> entries,
        CancellationToken cancellationToken)
    {
        List<Guid> rules = await transaction.ListAsync(
            new Sql(
                """
                SELECT id FROM alarm_rule WHERE organization_id = $1 AND condition = 'gateway_silence' AND archived_at IS NULL
                    AND NOT EXISTS (SELECT FROM alarm_channel WHERE organization_id = $1) AND NOT EXISTS (SELECT FROM app_user WHERE organization_id = $1 AND id <> $2)
                """,
                organization.Value, first.Value),
            row => row.GetGuid(0), cancellationToken);
        if (rules.Count == 0) return;
        await AddAsync(
            transaction, Entities.AlarmChannel, organization,
            new Dictionary<string, object?>
            {
                ["organization"] = organization.Value, ["name"] = "Owner, by e-mail", ["kind"] = "email", ["users"] = new[] { first.ToString() },
                ["rules"] = rules.Select(rule => rule.ToString()).ToArray(), ["severity_min"] = "warning",
            },
            doer, now, entries, cancellationToken);
    }

    private static async Task AddAsync(
        DatabaseSession transaction, RegistryEntity entity, OrganizationId organization, Dictionary<string, object?> values, AuditDoer doer, DateTimeOffset now,
        ICollection<NewAuditEntry> entries, CancellationToken cancellationToken)
    {
        RegistryOutcome outcome = await RegistryWrites.CreateAsync(
            transaction, entity, Guid.CreateVersion7(now), values, organization, doer, now, entries, cancellationToken);
        if (outcome is not RegistryOutcome.Done) throw new InvalidOperationException($"The first {entity.Name} of an organization was refused: {outcome}.");
    }
}

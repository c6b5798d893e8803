using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Alarms;

/// <summary>Alarms that nothing else would clear any more: their rule, or what they are of, went out of use.</summary>
/// <param name="join">What the alarms are of, behind `alarm AS a JOIN alarm_rule AS r`.</param>
/// <param name="isOutOfUse">Whether that is out of use for the rule's purpose.</param>
internal sealed class UnusedAlarms(string join, string isOutOfUse)
{
    /// <summary>What is cleared in one transaction.</summary>
    private const int ClearedMax = 500;

    private readonly string _from =
        $"FROM alarm AS a JOIN alarm_rule AS r ON r.id = a.rule_id {join} WHERE a.cleared_at IS NULL AND (r.active_since IS NULL OR {isOutOfUse})";

    public string SelectOrganizations => $"SELECT a.organization_id {_from}";

    public async Task ClearAsync(DatabaseSession transaction, OrganizationId organization, OpenAlarms open, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<OpenAlarm> unused = await transaction.ListAsync(
            new Sql($"SELECT {OpenAlarm.Columns} {_from} AND a.organization_id = $1 LIMIT {ClearedMax}", organization.Value), OpenAlarm.Read, cancellationToken);
        foreach (OpenAlarm alarm in unused) await open.ClearAsync(alarm, new AlarmMoment(now, null), AlarmWords.ByRule, step: null, cancellationToken);
    }
}

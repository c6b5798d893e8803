using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Alarms;

/// <summary>Somebody has seen an alarm. The first who says so stands; it is all the same whether it is cleared already.</summary>
public sealed class AlarmAcknowledgement(StepCloudDatabase database, TimeProvider clock)
{
    /// <param name="answer">Of a request with a key.</param>
    /// <returns>As it stands now; null when the organization has no such alarm.</returns>
    public Task<AlarmRow?> AcknowledgeAsync(
        OrganizationId organization, AlarmId alarm, UserId user, string? note, AuditDoer doer, AnswerInTransaction<AlarmRow?>? answer,
        CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            int changed = await transaction.ExecuteAsync(
                new Sql(
                    """
                    UPDATE alarm SET acknowledged_at = $3, acknowledged_by = $4, acknowledge_note = $5
                    WHERE id = $1 AND organization_id = $2 AND acknowledged_at IS NULL
                    """,
                    alarm.Value, organization.Value, now, user.Value, note),
                cancellationToken);
            if (changed > 0)
            {
                await transaction.ExecuteAsync(
                    new Sql(
                        "INSERT INTO alarm_event (alarm_id, kind, at, user_id, note) VALUES ($1, $2, $3, $4, $5)",
                        alarm.Value, AlarmWords.Acknowledged, now, user.Value, note),
                    cancellationToken);
                await AuditTrail.AppendAsync(
                    transaction, now,
                    new NewAuditEntry(organization, doer, AuditActions.AlarmAcknowledged, new AuditSubject(AuditSubject.Alarm, alarm.Value), New: AuditValues.Of(new { note })),
                    cancellationToken);
            }

            AlarmRow? row = await transaction.FirstAsync(AlarmQueries.One(organization, alarm), AlarmQueries.Read, cancellationToken);
            if (answer is not null && row is not null) await answer.KeepAsync(transaction, row, cancellationToken);
            return row;
        },
        cancellationToken);
}

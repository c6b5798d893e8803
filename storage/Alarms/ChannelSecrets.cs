using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Alarms;

/// <summary>What webhooks are signed with, as their caller sealed it.</summary>
public sealed class ChannelSecrets(StepCloudDatabase database, TimeProvider clock)
{
    /// <returns>False when the organization has no such webhook in use.</returns>
    public Task<bool> ReplaceAsync(
        OrganizationId organization, AlarmChannelId channel, byte[] sealedSecret, AuditDoer doer, AnswerInTransaction<bool>? answer, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            doer,
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                int changed = await transaction.ExecuteAsync(
                    new Sql(
                        "UPDATE alarm_channel SET secret_sealed = $3, updated_at = $4 WHERE id = $1 AND organization_id = $2 AND kind = 'webhook' AND archived_at IS NULL",
                        channel.Value, organization.Value, sealedSecret, now),
                    cancellationToken);
                if (changed == 0) return false;
                await AuditTrail.AppendAsync(
                    transaction, now,
                    new NewAuditEntry(organization, doer, AuditActions.AlarmChannelSecretCreated, new AuditSubject(AuditSubject.AlarmChannel, channel.Value)), cancellationToken);
                if (answer is not null) await answer.KeepAsync(transaction, true, cancellationToken);
                return true;
            },
            cancellationToken);
}

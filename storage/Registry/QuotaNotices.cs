using System.Text.Json;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Registry;

namespace StepCloud.Storage.Registry;

/// <summary>Tells the owners of an organization once that something comes near to what their plan has room for.</summary>
/// <remarks>Gateways, devices and users are told of again when their number has been far from the bound meanwhile; steps of a day on each day.</remarks>
public sealed class QuotaNotices(StepCloudDatabase database, Quotas quotas, TimeProvider clock)
{
    private static readonly AuditDoer Doer = AuditDoer.System("quotas");

    /// <param name="mail">Writes the mail to one owner.</param>
    /// <returns>How many quotas were told of.</returns>
    public async Task<int> TellAsync(Func<QuotaMail, NewMail> mail, CancellationToken cancellationToken)
    {
        HashSet<(Guid Organization, string Kind)> told = [.. await database.ListAsync(
            new Sql("SELECT organization_id, kind FROM quota_notice"), reader => (reader.GetGuid(0), reader.GetString(1)), cancellationToken)];
        int count = 0;
        foreach (OrganizationQuotas organization in await quotas.ListAsync(cancellationToken))
        {
            foreach (Quota quota in organization.All)
            {
                bool isTold = told.Contains((organization.Organization.Value, KindOf(quota)));
                // Of steps a row stands for its day: it is written over on another one, and one more crossing on the same day is not told of.
                bool isOfDay = quota.Kind == QuotaKind.StepsPerDay;
                if (isTold && !isOfDay && quota.IsFar) await database.ExecuteAsync(Forget(organization.Organization, quota), cancellationToken);
                // A plan without any room for it needs no telling.
                if (quota is { IsNear: true, Max: > 0 } && (!isTold || isOfDay) && await TryTellAsync(organization, quota, mail, cancellationToken)) count++;
            }
        }

        return count;
    }

    /// <returns>False when they were told before.</returns>
    private Task<bool> TryTellAsync(
        OrganizationQuotas organization, Quota quota, Func<QuotaMail, NewMail> mail, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            DateTimeOffset today = new(now.UtcDateTime.Date, TimeSpan.Zero);
            int isNew = await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO quota_notice AS n (organization_id, kind, told_at) VALUES ($1, $2, $3)
                    ON CONFLICT (organization_id, kind) DO UPDATE SET told_at = excluded.told_at WHERE $4 AND n.told_at < $5
                    """,
                    organization.Organization.Value, KindOf(quota), now, quota.Kind == QuotaKind.StepsPerDay, today),
                cancellationToken);
            if (isNew == 0) return false;

            List<string> owners = await transaction.ListAsync(
                new Sql(
                    """
                    SELECT email FROM app_user
                    WHERE organization_id = $1 AND 'owner' = ANY (roles) AND email IS NOT NULL AND disabled_at IS NULL AND archived_at IS NULL
                    ORDER BY id
                    """,
                    organization.Organization.Value),
                reader => reader.GetString(0), cancellationToken);
            foreach (string owner in owners)
                await transaction.ExecuteAsync(OutgoingMailStore.Insert(mail(new QuotaMail(owner, organization.Name, quota)), now), cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, now,
                new NewAuditEntry(
                    organization.Organization, Doer, AuditActions.QuotaNear,
                    new AuditSubject(AuditSubject.Organization, organization.Organization.Value),
                    New: AuditValues.Of(new { Kind = KindOf(quota), quota.Used, quota.Max, quota.Plan, Mails = owners.Count })),
                cancellationToken);
            return true;
        },
        cancellationToken);

    private static Sql Forget(OrganizationId organization, Quota quota) =>
        new("DELETE FROM quota_notice WHERE organization_id = $1 AND kind = $2", organization.Value, KindOf(quota));

    private static string KindOf(Quota quota) => JsonNamingPolicy.SnakeCaseLower.ConvertName(quota.Kind.ToString());
}

/// <summary>What a mail about a quota is to say, and to whom.</summary>
public sealed record QuotaMail(string Recipient, string Organization, Quota Quota);

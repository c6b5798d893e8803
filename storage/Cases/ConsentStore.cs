using System.Text;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Workflows;

namespace StepCloud.Storage.Cases;

/// <summary>Records consents and their withdrawals. Nothing of it is ever changed or deleted.</summary>
public sealed class ConsentStore(StepCloudDatabase database, KeyRing keys, TimeProvider clock)
{
    public const int GuardianCharsMax = CaseStore.NameCharsMax;
    public const int NoteCharsMax = 500;

    /// <summary>Of one case: a person's life holds fewer.</summary>
    public const int ConsentsMax = 1000;

    /// <summary>How far the clock of whoever records may be ahead.</summary>
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(5);

    /// <summary>Newest first, withdrawn ones too.</summary>
    /// <returns>Null when the organization has no such case.</returns>
    /// <exception cref="SealBrokenException">A key or a field was altered.</exception>
    public Task<List<ConsentView>?> ListAsync(OrganizationId organization, CaseId of, CancellationToken cancellationToken) => database.ReadMomentAsync(
        async session =>
        {
            bool isKnown = await session.ScalarAsync<bool>(
                new Sql("SELECT EXISTS (SELECT FROM case_file WHERE id = $1 AND organization_id = $2)", of.Value, organization.Value), cancellationToken);
            if (!isKnown) return null;
            using SecretKey? key = await keys.FindAsync(session, KeyName.OfCase(organization, of), cancellationToken);
            return (List<ConsentView>?)await ConsentReads.ListAsync(session, of, key, null, clock.GetUtcNow(), cancellationToken);
        },
        cancellationToken);

    /// <returns>The consent's id.</returns>
    public Task<WorkflowOutcome<ConsentId>> RecordAsync(
        OrganizationId organization, CaseId of, NewConsent recorded, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<ConsentId>>? answer, CancellationToken cancellationToken) =>
        JobTransactions.RunAsync(
            database, doer, answer,
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                if (recorded.GivenAt > now + AheadMax) throw JobTransactions.Invalid("/given_at", "It lies ahead. A consent is recorded when it has been given.");
                if (recorded.EndsAt <= recorded.GivenAt) throw JobTransactions.Invalid("/ends_at", "It must be after `given_at`.");
                using SecretKey? key = await LockAsync(transaction, organization, of, cancellationToken);
                if (key is null) throw CaseStore.Erased();
                long count = await transaction.ScalarAsync<long>(new Sql("SELECT count(*) FROM case_consent WHERE case_id = $1", of.Value), cancellationToken);
                if (count >= ConsentsMax) throw JobTransactions.Refused("case_full", $"{ConsentsMax} consents are as many as a case can have.");
                ConsentId id = ConsentId.New(clock);
                string[] purposes = [.. recorded.Purposes.Distinct().Order(StringComparer.Ordinal)];
                await transaction.ExecuteAsync(
                    new Sql(
                        """
                        INSERT INTO case_consent (id, case_id, given_by, guardian_sealed, note_sealed, purposes, form, given_at, ends_at, recorded_at, recorded_by)
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                        """,
                        id.Value, of.Value, recorded.GivenBy, Sealed(key, ConsentReads.GuardianPurpose(id), recorded.Guardian), Sealed(key, ConsentReads.NotePurpose(id), recorded.Note),
                        purposes, recorded.Form, recorded.GivenAt, recorded.EndsAt, now, AuditDoerKinds.TextOf(doer)),
                    cancellationToken);
                await AuditTrail.AppendAsync(
                    transaction, now,
                    CaseStore.Entry(
                        organization, of, doer, AuditActions.ConsentRecorded,
                        AuditValues.Of(new { Consent = id.ToString(), recorded.GivenBy, Purposes = purposes, recorded.Form, recorded.GivenAt, recorded.EndsAt })),
                    cancellationToken);
                return id;
            },
            cancellationToken);

    /// <summary>From the commit on it does not hold any more. One that was withdrawn before stays as it is, and so does every other consent of the case.</summary>
    /// <param name="form">How it was withdrawn: one of <see cref="ConsentWords.WithdrawalForms"/>.</param>
    public Task<WorkflowOutcome<ConsentId>> WithdrawAsync(
        OrganizationId organization, CaseId of, ConsentId id, string form, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<ConsentId>>? answer,
        CancellationToken cancellationToken) => JobTransactions.RunAsync(
        database, doer, answer,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            // Of an erased case too: it does not open what is asked for, and says what was said.
            using SecretKey? key = await LockAsync(transaction, organization, of, cancellationToken);
            bool isKnown = await transaction.ScalarAsync<bool>(
                new Sql("SELECT EXISTS (SELECT FROM case_consent WHERE id = $1 AND case_id = $2)", id.Value, of.Value), cancellationToken);
            if (!isKnown) throw JobTransactions.NotFound("consent of this case");
            int withdrawn = await transaction.ExecuteAsync(
                new Sql(
                    "INSERT INTO case_consent_withdrawal (consent_id, form, recorded_at, recorded_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                    id.Value, form, now, AuditDoerKinds.TextOf(doer)),
                cancellationToken);
            if (withdrawn == 1)
            {
                await AuditTrail.AppendAsync(
                    transaction, now, CaseStore.Entry(organization, of, doer, AuditActions.ConsentWithdrawn, AuditValues.Of(new { Consent = id.ToString(), Form = form })), cancellationToken);
            }

            return id;
        },
        cancellationToken);

    private async Task<SecretKey?> LockAsync(DatabaseSession transaction, OrganizationId organization, CaseId id, CancellationToken cancellationToken)
    {
        // Held, so that it is not erased between this and the commit.
        List<bool> known = await transaction.ListAsync(
            new Sql("SELECT true FROM case_file WHERE id = $1 AND organization_id = $2 FOR NO KEY UPDATE", id.Value, organization.Value), row => row.GetBoolean(0), cancellationToken);
        if (known.Count == 0) throw JobTransactions.NotFound("case");
        return await keys.FindAsync(transaction, KeyName.OfCase(organization, id), cancellationToken);
    }

    private static byte[]? Sealed(SecretKey key, string purpose, string? text) => text is null ? null : key.Seal(purpose, Encoding.UTF8.GetBytes(text));
}

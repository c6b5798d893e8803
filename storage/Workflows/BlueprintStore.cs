using System.Security.Cryptography;
using System.Text;
using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Actors.Workflows;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Workflows;

namespace StepCloud.Storage.Workflows;

/// <summary>One version of a blueprint.</summary>
/// <param name="State">`draft`, `approved` or `retired`.</param>
/// <param name="Document">What it says; from its approval on it never changes.</param>
/// <param name="DocumentSha256">Over the document as it is stored and signed, in hexadecimal.</param>
/// <param name="Signature">Of who approved it; null for a draft.</param>
public sealed record BlueprintVersion(
    BlueprintId Blueprint, int Number, string State, Blueprint Document, string DocumentSha256, DateTimeOffset CreatedAt, UserId CreatedBy, DateTimeOffset UpdatedAt,
    UserId UpdatedBy, DateTimeOffset? ApprovedAt, SignatureView? Signature, DateTimeOffset? RetiredAt, UserId? RetiredBy, string? RetireReason, long Version);

/// <summary>Versions of blueprints: drafted, approved by a signature, retired.</summary>
public sealed class BlueprintStore(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>Versions of one blueprint: one a day for years.</summary>
    public const int VersionsMax = 1000;

    private const string Select =
        """
        SELECT blueprint_id, number, state, document, created_at, created_by, updated_at, updated_by, approved_at, signature_id, retired_at, retired_by, retire_reason, version
        FROM blueprint_version
        """;

    /// <summary>The newest first; null when the organization has no such blueprint.</summary>
    public Task<List<BlueprintVersion>?> ListAsync(OrganizationId organization, BlueprintId blueprint, int? before, int countMax, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async session => !await session.ScalarAsync<bool>(
                new Sql("SELECT EXISTS (SELECT FROM blueprint WHERE id = $1 AND organization_id = $2)", blueprint.Value, organization.Value), cancellationToken)
                ? null
                : await WithSignaturesAsync(
                session,
                await session.ListAsync(
                    new Sql(
                        $"{Select} WHERE blueprint_id = $1 AND organization_id = $2 AND ($3::integer IS NULL OR number < $3) ORDER BY number DESC LIMIT $4",
                        blueprint.Value, organization.Value, before, countMax),
                    Read, cancellationToken),
                cancellationToken),
            cancellationToken);

    public Task<BlueprintVersion?> FindAsync(OrganizationId organization, BlueprintId blueprint, int number, CancellationToken cancellationToken) =>
        database.ReadAsync(session => FindAsync(session, organization, blueprint, number, "", cancellationToken), cancellationToken);

    /// <summary>A new draft.</summary>
    public Task<WorkflowOutcome<BlueprintVersion>> DraftAsync(
        OrganizationId organization, BlueprintId blueprint, Blueprint document, UserId user, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<BlueprintVersion>>? answer,
        CancellationToken cancellationToken) => JobTransactions.RunAsync(
        database, doer, answer,
        async transaction =>
        {
            await HoldAsync(transaction, organization, blueprint, cancellationToken);
            int number = 1 + await transaction.ScalarAsync<int>(
                new Sql("SELECT coalesce(max(number), 0) FROM blueprint_version WHERE blueprint_id = $1", blueprint.Value), cancellationToken);
            if (number > VersionsMax) throw JobTransactions.Refused("too_many_versions", $"A blueprint has {VersionsMax} versions at most. Make another blueprint.");
            DateTimeOffset now = clock.GetUtcNow();
            await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO blueprint_version (blueprint_id, number, organization_id, state, document, created_at, created_by, updated_at, updated_by)
                    VALUES ($1, $2, $3, 'draft', $4, $5, $6, $5, $6)
                    """,
                    blueprint.Value, number, organization.Value, BlueprintJson.Write(document), now, user.Value),
                cancellationToken);
            return await DoneAsync(transaction, organization, blueprint, number, doer, AuditActions.BlueprintDrafted, now, comment: null, cancellationToken);
        },
        cancellationToken);

    /// <param name="version">That the caller has seen; null for whatever stands there.</param>
    public Task<WorkflowOutcome<BlueprintVersion>> ReplaceAsync(
        OrganizationId organization, BlueprintId blueprint, int number, long? version, Blueprint document, UserId user, AuditDoer doer, CancellationToken cancellationToken) =>
        JobTransactions.RunAsync(
            database, doer, answer: null,
            async transaction =>
            {
                await HoldAsync(transaction, organization, blueprint, cancellationToken);
                BlueprintVersion before = await HoldAsync(transaction, organization, blueprint, number, version, cancellationToken);
                if (before.State != "draft") throw JobTransactions.Refused("version_approved", $"Version {number} was approved and never changes. Draft a new version.");
                DateTimeOffset now = clock.GetUtcNow();
                await transaction.ExecuteAsync(
                    new Sql(
                        """
                        UPDATE blueprint_version SET document = $3, updated_at = $4, updated_by = $5, version = version + 1
                        WHERE blueprint_id = $1 AND number = $2 AND document <> $3
                        """,
                        blueprint.Value, number, BlueprintJson.Write(document), now, user.Value),
                    cancellationToken);
                return await DoneAsync(transaction, organization, blueprint, number, doer, AuditActions.BlueprintRedrafted, now, comment: null, cancellationToken);
            },
            cancellationToken);

    /// <param name="version">That the signer has seen.</param>
    public Task<WorkflowOutcome<BlueprintVersion>> ApproveAsync(
        OrganizationId organization, BlueprintId blueprint, int number, long? version, Signer signer, IRecordSigner signing, AuditDoer doer,
        AnswerInTransaction<WorkflowOutcome<BlueprintVersion>>? answer, CancellationToken cancellationToken) => JobTransactions.RunAsync(
        database, doer, answer,
        async transaction =>
        {
            await HoldAsync(transaction, organization, blueprint, cancellationToken);
            BlueprintVersion draft = await HoldAsync(transaction, organization, blueprint, number, version, cancellationToken);
            if (draft.State != "draft") throw JobTransactions.Refused("version_approved", $"Version {number} was approved before.");
            // It was checked when it was written; by the rules of then.
            if (BlueprintRules.Faults(draft.Document) is [var (pointer, detail), ..]) throw JobTransactions.Refused("blueprint_unmeetable", $"{pointer}: {detail}");
            DateTimeOffset now = clock.GetUtcNow();
            SignatureFacts facts = await Signatures.AddAsync(
                transaction, signing, organization, SignatureFacts.BlueprintVersion, blueprint.Value, number, SignatureFacts.Approved, signer, Convert.FromHexString(draft.DocumentSha256),
                chartsHash: null, now, cancellationToken);
            await transaction.ExecuteAsync(
                new Sql(
                    "UPDATE blueprint_version SET state = 'approved', approved_at = $3, signature_id = $4, version = version + 1 WHERE blueprint_id = $1 AND number = $2",
                    blueprint.Value, number, facts.SignedAt, facts.Id.Value),
                cancellationToken);
            return await DoneAsync(transaction, organization, blueprint, number, doer, AuditActions.BlueprintApproved, now, signer.Comment, cancellationToken);
        },
        cancellationToken);

    /// <summary>No new jobs; those that there are go on. Retired twice it is as it was after the first time.</summary>
    public Task<WorkflowOutcome<BlueprintVersion>> RetireAsync(
        OrganizationId organization, BlueprintId blueprint, int number, string reason, UserId user, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<BlueprintVersion>>? answer,
        CancellationToken cancellationToken) => JobTransactions.RunAsync(
        database, doer, answer,
        async transaction =>
        {
            BlueprintVersion version = await HoldAsync(transaction, organization, blueprint, number, version: null, cancellationToken);
            if (version.State == "retired") return version;
            if (version.State == "draft") throw JobTransactions.Refused("blueprint_not_approved", "A draft is not in use: there is nothing to retire.");
            DateTimeOffset now = clock.GetUtcNow();
            await transaction.ExecuteAsync(
                new Sql(
                    """
                    UPDATE blueprint_version SET state = 'retired', retired_at = $3, retired_by = $4, retire_reason = $5, version = version + 1
                    WHERE blueprint_id = $1 AND number = $2
                    """,
                    blueprint.Value, number, now, user.Value, reason),
                cancellationToken);
            return await DoneAsync(transaction, organization, blueprint, number, doer, AuditActions.BlueprintRetired, now, reason, cancellationToken);
        },
        cancellationToken);

    internal static string Sha256(string document) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(document)));

    private static async Task<BlueprintVersion> DoneAsync(
        DatabaseSession transaction, OrganizationId organization, BlueprintId blueprint, int number, AuditDoer doer, string action, DateTimeOffset now, string? comment,
        CancellationToken cancellationToken)
    {
        BlueprintVersion version = (await FindAsync(transaction, organization, blueprint, number, "", cancellationToken))!;
        await AuditTrail.AppendAsync(
            transaction, now,
            new NewAuditEntry(
                organization, doer, action, new AuditSubject(AuditSubject.Blueprint, blueprint.Value),
                New: AuditValues.Of(new { number, version.DocumentSha256, Signature = version.Signature?.Id.ToString(), comment })),
            cancellationToken);
        return version;
    }

    /// <summary>The blueprint itself: one at a time makes or approves versions, and it is not archived meanwhile.</summary>
    private static async Task HoldAsync(DatabaseSession transaction, OrganizationId organization, BlueprintId blueprint, CancellationToken cancellationToken)
    {
        List<bool> archived = await transaction.ListAsync(
            new Sql("SELECT archived_at IS NOT NULL FROM blueprint WHERE id = $1 AND organization_id = $2 FOR NO KEY UPDATE", blueprint.Value, organization.Value),
            row => row.GetBoolean(0), cancellationToken);
        if (archived is not [var isArchived]) throw JobTransactions.NotFound("blueprint");
        if (isArchived) throw JobTransactions.Refused("archived", "Restore it first.");
    }

    private static async Task<BlueprintVersion> HoldAsync(
        DatabaseSession transaction, OrganizationId organization, BlueprintId blueprint, int number, long? version, CancellationToken cancellationToken)
    {
        BlueprintVersion found = await FindAsync(transaction, organization, blueprint, number, "FOR NO KEY UPDATE", cancellationToken)
            ?? throw JobTransactions.NotFound("version of this blueprint");
        return version is null || version == found.Version ? found : throw new WorkflowRefusedException(new WorkflowRefusal.Stale(found.Version));
    }

    private static async Task<BlueprintVersion?> FindAsync(
        DatabaseSession session, OrganizationId organization, BlueprintId blueprint, int number, string held, CancellationToken cancellationToken) =>
        (await WithSignaturesAsync(
            session,
            await session.ListAsync(
                new Sql($"{Select} WHERE blueprint_id = $1 AND number = $2 AND organization_id = $3 {held}", blueprint.Value, number, organization.Value), Read, cancellationToken),
            cancellationToken)).FirstOrDefault();

    private static async Task<List<BlueprintVersion>> WithSignaturesAsync(
        DatabaseSession session, List<(BlueprintVersion Version, Guid? Signature)> versions, CancellationToken cancellationToken)
    {
        Guid[] signed = [.. versions.Select(one => one.Signature).OfType<Guid>()];
        Dictionary<Guid, SignatureView> signatures = signed.Length == 0 ? []
            : (await session.ListAsync(new Sql($"{JobReads.SelectSignature} WHERE id = ANY ($1)", signed), JobReads.Signature, cancellationToken)).ToDictionary(one => one.Id.Value);
        return [.. versions.Select(one => one.Version with { Signature = one.Signature is { } id ? signatures.GetValueOrDefault(id) : null })];
    }

    private static (BlueprintVersion Version, Guid? Signature) Read(NpgsqlDataReader row) => (
        new BlueprintVersion(
            new BlueprintId(row.GetGuid(0)), row.GetInt32(1), row.GetString(2), BlueprintJson.Read(row.GetString(3)), Sha256(row.GetString(3)),
            row.GetFieldValue<DateTimeOffset>(4), new UserId(row.GetGuid(5)), row.GetFieldValue<DateTimeOffset>(6), new UserId(row.GetGuid(7)),
            row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8), null, row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10),
            row.IsDBNull(11) ? null : new UserId(row.GetGuid(11)), row.IsDBNull(12) ? null : row.GetString(12), row.GetInt64(13)),
        row.IsDBNull(9) ? null : row.GetGuid(9));
}

using System.Text.Json.Serialization;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;

namespace StepCloud.Storage.Recordings;

/// <summary>What is known of recordings that are whole, and their keys.</summary>
public sealed class RecordingStore(StepCloudDatabase database, KeyRing keys, TimeProvider clock)
{
    /// <returns>Null when the organization has none of that id, whole or not.</returns>
    /// <param name="organization">Null for whichever.</param>
    public Task<Recording?> FindAsync(OrganizationId? organization, RecordingId id, CancellationToken cancellationToken) =>
        database.FirstAsync(One(organization, id), Recording.Read, cancellationToken);

    /// <summary>As <see cref="FindAsync"/>, with its key, which one has as long as a consent holds.</summary>
    /// <returns>Null when there is none, or its key is destroyed. Without consent there is no key in it.</returns>
    public Task<(Recording Recording, SecretKey? Key)?> OpenAsync(OrganizationId? organization, RecordingId id, CancellationToken cancellationToken) =>
        database.ReadAsync<(Recording, SecretKey?)?>(
            async session =>
            {
                if (await session.FirstAsync(One(organization, id), Recording.Read, cancellationToken) is not { } found) return null;
                if (!found.HasConsent) return (found, null);
                SecretKey? key = await keys.FindAsync(session, KeyName.OfRecording(found.Organization, id), cancellationToken);
                return key is null ? null : (found, key);
            },
            cancellationToken);

    /// <summary>Whether it is there still and may be shown: for whoever has begun to read.</summary>
    public Task<bool> MayBeReadAsync(RecordingId id, CancellationToken cancellationToken) => database.ScalarAsync<bool>(
        new Sql("SELECT EXISTS (SELECT FROM recording AS r WHERE id = $1 AND (r.case_id IS NULL OR consent_holds(r.case_id, 'recordings', now())))", id.Value), cancellationToken);

    /// <summary>Whole ones, the newest first.</summary>
    /// <param name="organization">Null for all of them.</param>
    /// <param name="subject">Null for whatever they are of.</param>
    /// <param name="withCases">Those of cases too.</param>
    /// <param name="name">Opens the name of one with its key. Names of recordings without consent are not opened.</param>
    public Task<List<(Recording Recording, string? Name)>> ListAsync(
        OrganizationId? organization, RecordingSubject? subject, bool withCases, RecordingId? before, int countMax, Func<Recording, SecretKey, string?> name,
        CancellationToken cancellationToken) =>
        database.ReadAsync(
            async session =>
            {
                List<Recording> rows = await session.ListAsync(
                    new Where().Add("r.organization_id =", organization?.Value).Add("r.subject_kind =", subject?.Kind).Add("r.subject_id =", subject?.Id)
                        .Add("r.id <", before?.Value).Add("(r.stored_at IS NOT NULL) =", true).Add("(r.case_id IS NULL) =", withCases ? null : true)
                        .ToSql(Recording.Select, $"ORDER BY r.id DESC LIMIT {countMax}"),
                    Recording.Read, cancellationToken);
                List<(Recording, string?)> named = [];
                foreach (Recording row in rows)
                {
                    using SecretKey? key = row is { NameSealed: not null, HasConsent: true }
                        ? await keys.FindAsync(session, KeyName.OfRecording(row.Organization, row.Id), cancellationToken)
                        : null;
                    named.Add((row, key is null ? null : name(row, key)));
                }

                return named;
            },
            cancellationToken);

    /// <summary>Destroys the key of a whole recording, and with it what it says. Its bytes are then of no use to anybody, and are taken away.</summary>
    /// <returns>Null when the organization has none.</returns>
    public Task<Recording?> DeleteAsync(OrganizationId organization, RecordingId id, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            Sql one = new(Recording.Select + " WHERE r.id = $1 AND r.organization_id = $2 AND r.stored_at IS NOT NULL FOR UPDATE OF r", id.Value, organization.Value);
            if (await transaction.FirstAsync(one, Recording.Read, cancellationToken) is not { } found) return null;
            await transaction.ExecuteAsync(new Sql("DELETE FROM recording WHERE id = $1", id.Value), cancellationToken);
            await KeyRing.DestroyAsync(transaction, KeyName.OfRecording(organization, id), cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, clock.GetUtcNow(),
                new NewAuditEntry(organization, doer, AuditActions.RecordingDeleted, new AuditSubject(AuditSubject.Recording, id.Value), Old: FactsOf(found, found.Stored!)),
                cancellationToken);
            return found;
        },
        cancellationToken);

    /// <summary>Those of the names in a place that no recording there has, begun ones included, nor a copy that is being made.</summary>
    public Task<List<string>> ListStrangersAsync(string store, string[] storedNames, CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            """
            SELECT name FROM unnest($1::text[]) AS name
            WHERE NOT EXISTS (SELECT FROM recording WHERE stored_name = name AND store = $2)
                AND NOT EXISTS (SELECT FROM recording WHERE copied_from = name AND store = $2)
                AND NOT EXISTS (SELECT FROM recording_move WHERE stored_name = name AND store = $2)
            """,
            storedNames, store),
        row => row.GetString(0), cancellationToken);

    /// <summary>Names of stored recordings that a place should have, those first that are oldest.</summary>
    public Task<List<string>> ListOldestNamesAsync(string store, int countMax, CancellationToken cancellationToken) => database.ListAsync(
        new Sql("SELECT stored_name FROM recording WHERE store = $1 AND stored_at IS NOT NULL ORDER BY id LIMIT $2", store, countMax), row => row.GetString(0), cancellationToken);

    /// <summary>Forgets recordings of cases that were erased: their keys went with the case's, so there is nothing that anybody could read.</summary>
    /// <returns>How many; their bytes are nobody's then.</returns>
    public Task<int> ForgetErasedAsync(int countMax, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql(
            """
            DELETE FROM recording WHERE id IN (
                SELECT r.id FROM recording AS r JOIN case_file AS c ON c.id = r.case_id
                WHERE c.erased_at IS NOT NULL AND (r.writer IS NULL OR r.writer_until < $2) AND NOT EXISTS (SELECT FROM wrapped_key AS k WHERE k.id = r.id) LIMIT $1)
            """,
            countMax, clock.GetUtcNow()),
        cancellationToken);

    /// <param name="by">The tablet that brought it; null for any other way.</param>
    internal static string FactsOf(Recording recording, StoredContent stored, UploadedBy? by = null) => AuditValues.Of(new Facts(
        $"{recording.Subject.Kind}:{recording.Subject.Id:D}", recording.Case, recording.MediaType, recording.ReceivedBytes, Convert.ToHexStringLower(stored.ContentHash),
        Convert.ToHexStringLower(stored.StoredHash))
    {
        Session = by?.Session.Value, DeviceId = by?.DeviceId,
    });

    private static Sql One(OrganizationId? organization, RecordingId id) => new Where().Add("r.id =", id.Value).Add("r.organization_id =", organization?.Value).ToSql(Recording.Select, "");

    private sealed record Facts(string Subject, CaseId? Case, string MediaType, long Bytes, string Sha256, string StoredSha256)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public Guid? Session { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? DeviceId { get; init; }
    }
}

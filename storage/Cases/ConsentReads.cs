using System.Text;
using Npgsql;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;

namespace StepCloud.Storage.Cases;

/// <summary>Reads consents, in a transaction or outside of one.</summary>
internal static class ConsentReads
{
    /// <summary>
    /// Whether something may be done with what is of the case, then. Ask in the transaction that does it, or call `consent_holds(case, purpose, at)` in the
    /// statement that reads: a withdrawal and an erasure hold from their commit on.
    /// </summary>
    /// <param name="purpose">One of <see cref="ConsentWords.Purposes"/>.</param>
    public static Task<bool> HoldsAsync(DatabaseSession session, CaseId id, string purpose, DateTimeOffset at, CancellationToken cancellationToken) =>
        session.ScalarAsync<bool>(new Sql("SELECT consent_holds($1, $2, $3)", id.Value, purpose, at), cancellationToken);

    /// <summary>Newest first.</summary>
    /// <param name="key">The case's; null when it is erased.</param>
    /// <param name="only">Null for all.</param>
    public static Task<List<ConsentView>> ListAsync(
        DatabaseSession session, CaseId of, SecretKey? key, ConsentId? only, DateTimeOffset now, CancellationToken cancellationToken) => session.ListAsync(
        new Sql(
            """
            SELECT c.id, c.given_by, c.guardian_sealed, c.purposes, c.form, c.given_at, c.ends_at, c.note_sealed, c.recorded_at, c.recorded_by,
                w.recorded_at, w.recorded_by, w.form, f.erased_at IS NULL AND w.consent_id IS NULL AND c.given_at <= $3 AND (c.ends_at IS NULL OR c.ends_at > $3)
            FROM case_consent AS c JOIN case_file AS f ON f.id = c.case_id LEFT JOIN case_consent_withdrawal AS w ON w.consent_id = c.id
            WHERE c.case_id = $1 AND ($2::uuid IS NULL OR c.id = $2) ORDER BY c.id DESC
            """,
            of.Value, only?.Value, now),
        row => Row(row, key), cancellationToken);

    public static string GuardianPurpose(ConsentId id) => $"consent-guardian:{id}";

    public static string NotePurpose(ConsentId id) => $"consent-note:{id}";

    private static ConsentView Row(NpgsqlDataReader row, SecretKey? key)
    {
        ConsentId id = new(row.GetGuid(0));
        string? Opened(int column, string purpose) =>
            key is null || row.IsDBNull(column) ? null : Encoding.UTF8.GetString(key.Open(purpose, row.GetFieldValue<byte[]>(column)));
        return new ConsentView(
            id, row.GetString(1), Opened(2, GuardianPurpose(id)), row.GetFieldValue<string[]>(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5),
            row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6), Opened(7, NotePurpose(id)), row.GetFieldValue<DateTimeOffset>(8), row.GetString(9),
            row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10), row.IsDBNull(11) ? null : row.GetString(11), row.IsDBNull(12) ? null : row.GetString(12),
            row.GetBoolean(13));
    }
}

using Npgsql;
using StepCloud.Actors.Ports;

namespace StepCloud.Storage;

/// <summary>The queue of outgoing mail. At least once: a sender that dies between sending and telling leaves the mail to be sent again.</summary>
public sealed class OutgoingMailStore(StepCloudDatabase database)
{
    private const int ErrorCharsMax = 500;

    /// <summary>Takes the next mail that is due, for as long as the lease lasts: until then nobody else gets it, and afterwards it is due again.</summary>
    public Task<QueuedMail?> TakeAsync(DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken) => database.InTransactionAsync(
        transaction => transaction.FirstAsync(
            new Sql(
                """
                UPDATE outgoing_mail SET attempts = attempts + 1, next_attempt_at = $2
                WHERE id = (
                    SELECT id FROM outgoing_mail WHERE failed_at IS NULL AND next_attempt_at <= $1
                    ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING id, kind, recipient, content, expires_at, attempts
                """,
                now, now + lease),
            Read,
            cancellationToken),
        cancellationToken);

    /// <summary>When the next mail is due; null when none waits.</summary>
    public async Task<DateTimeOffset?> FindNextDueAsync(CancellationToken cancellationToken)
    {
        List<DateTimeOffset> next = await database.ListAsync(
            new Sql("SELECT next_attempt_at FROM outgoing_mail WHERE failed_at IS NULL ORDER BY next_attempt_at LIMIT 1"),
            reader => reader.GetFieldValue<DateTimeOffset>(0), cancellationToken);
        return next.Count == 0 ? null : next[0];
    }

    /// <summary>It was sent: nothing of it stays.</summary>
    public Task DeleteAsync(Guid mail, CancellationToken cancellationToken) =>
        database.ExecuteAsync(new Sql("DELETE FROM outgoing_mail WHERE id = $1", mail), cancellationToken);

    public Task TryLaterAsync(Guid mail, DateTimeOffset at, string error, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("UPDATE outgoing_mail SET next_attempt_at = $2, last_error = $3 WHERE id = $1", mail, at, Cut(error)), cancellationToken);

    /// <summary>It cannot be sent. That it was to be sent stays on record, its content does not.</summary>
    public Task GiveUpAsync(Guid mail, DateTimeOffset at, string error, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("UPDATE outgoing_mail SET failed_at = $2, last_error = $3, content = NULL WHERE id = $1", mail, at, Cut(error)), cancellationToken);

    /// <summary>Puts a mail into the queue, in the transaction of what caused it.</summary>
    internal static Sql Insert(NewMail mail, DateTimeOffset at) => new(
        """
        INSERT INTO outgoing_mail (id, kind, recipient, content, created_at, expires_at, next_attempt_at) VALUES ($1, $2, $3, $4, $5, $6, $5)
        """,
        mail.Id, mail.Kind, mail.Recipient, mail.Content, at, mail.ExpiresAt);

    private static string Cut(string error) => error.Length <= ErrorCharsMax ? error : error[..ErrorCharsMax];

    private static QueuedMail Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetInt32(5));
}

/// <param name="Attempts">With the one that is made now.</param>
public sealed record QueuedMail(Guid Id, string Kind, string Recipient, byte[] Content, DateTimeOffset ExpiresAt, int Attempts);

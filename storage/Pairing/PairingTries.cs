using StepCloud.Actors.Ports;
using StepCloud.Contracts.Gateways;

namespace StepCloud.Storage;

/// <summary>Counts the wrong codes of a user, so that nobody guesses his way to a stranger's gateway (RFC 8628 §5.1).</summary>
internal static class PairingTries
{
    private static readonly TimeSpan Window = PairingLimits.CodeLifetime;

    /// <summary>Lets one try of a user go on at a time, so that many at once are counted like one after the other.</summary>
    /// <returns>How long until the next code is looked at; null when it is now.</returns>
    public static async Task<TimeSpan?> RetryAfterAsync(
        DatabaseSession transaction, PairingTry attempt, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            new Sql("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", $"pairing {attempt.User}"), cancellationToken);
        List<(string Network, DateTimeOffset At)> failures = await transaction.ListAsync(
            new Sql(
                "SELECT remote_network, at FROM pairing_failure WHERE user_id = $1 AND at > $2 ORDER BY at DESC", attempt.User.Value, now - Window),
            reader => (reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1)),
            cancellationToken);
        DateTimeOffset[] here = [.. failures.Where(failure => failure.Network == attempt.RemoteNetwork).Select(failure => failure.At)];
        DateTimeOffset?[] blocking =
        [
            here.Length >= PairingLimits.WrongTriesMax ? here[PairingLimits.WrongTriesMax - 1] : null,
            failures.Count >= PairingLimits.WrongTriesOfUserMax ? failures[PairingLimits.WrongTriesOfUserMax - 1].At : null,
        ];
        return blocking.Max() + Window - now;
    }

    public static Task AddFailureAsync(DatabaseSession transaction, PairingTry attempt, DateTimeOffset now, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            new Sql(
                "INSERT INTO pairing_failure (user_id, remote_network, at) VALUES ($1, $2, $3)", attempt.User.Value, attempt.RemoteNetwork, now),
            cancellationToken);

    public static Task<int> DeleteOldAsync(DatabaseSession transaction, DateTimeOffset now, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(new Sql("DELETE FROM pairing_failure WHERE at <= $1", now - Window), cancellationToken);
}

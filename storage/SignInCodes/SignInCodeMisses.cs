using StepCloud.Contracts.Sessions;

namespace StepCloud.Storage.SignInCodes;

/// <summary>Counts the tries with letters that no living code begins with, by where they come from: nobody's code could count them.</summary>
/// <remarks>They are not made to take turns. Many at once come through, and the limit of attempts by address bounds how many.</remarks>
internal static class SignInCodeMisses
{
    /// <returns>How long until the next code from there is looked at; null when it is now.</returns>
    public static async Task<TimeSpan?> RetryAfterAsync(DatabaseSession transaction, string network, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<DateTimeOffset> blocking = await transaction.ListAsync(
            new Sql(
                "SELECT at FROM sign_in_code_miss WHERE remote_network = $1 AND at > $2 ORDER BY at DESC OFFSET $3 LIMIT 1",
                network, now - SignInCodeLimits.MissWindow, SignInCodeLimits.MissesMax - 1),
            row => row.GetFieldValue<DateTimeOffset>(0), cancellationToken);
        return blocking is [var first] ? first + SignInCodeLimits.MissWindow - now : null;
    }

    public static Task AddAsync(DatabaseSession transaction, string network, DateTimeOffset now, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(new Sql("INSERT INTO sign_in_code_miss (remote_network, at) VALUES ($1, $2)", network, now), cancellationToken);

    public static Task DeleteOldAsync(DatabaseSession transaction, DateTimeOffset now, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(new Sql("DELETE FROM sign_in_code_miss WHERE at <= $1", now - SignInCodeLimits.MissWindow), cancellationToken);
}

namespace StepCloud.Storage;

/// <summary>Secrets that the installation's servers share, by name, as their caller sealed them.</summary>
public sealed class ServerSecretStore(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>Null when there is none of that name.</summary>
    public async Task<byte[]?> FindAsync(string name, CancellationToken cancellationToken) => await database.FirstAsync(
        new Sql("SELECT value_sealed FROM server_secret WHERE name = $1 AND value_sealed IS NOT NULL", name),
        reader => reader.GetFieldValue<byte[]>(0),
        cancellationToken);

    /// <summary>Adds the secret unless there is one of that name.</summary>
    /// <returns>The one that is stored: the same for every caller, also for two that add one at once.</returns>
    public async Task<byte[]> GetOrAddAsync(string name, byte[] sealedValue, CancellationToken cancellationToken)
    {
        await database.ExecuteAsync(
            new Sql(
                "INSERT INTO server_secret (name, value_sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
                name, sealedValue, clock.GetUtcNow()),
            cancellationToken);
        return await database.ScalarAsync<byte[]>(new Sql("SELECT value_sealed FROM server_secret WHERE name = $1", name), cancellationToken);
    }

    /// <summary>What a version before the master key kept in plain, by name.</summary>
    public async Task<IReadOnlyList<PlainSecret>> ListPlainAsync(CancellationToken cancellationToken) => await database.ListAsync(
        new Sql("SELECT name, value FROM server_secret WHERE value IS NOT NULL"), PlainSecret.Read, cancellationToken);

    /// <summary>Puts the sealed form in the place of the plain one. Does nothing when another process was first.</summary>
    public Task ReplacePlainAsync(string name, byte[] sealedValue, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("UPDATE server_secret SET value = NULL, value_sealed = $2 WHERE name = $1 AND value IS NOT NULL", name, sealedValue), cancellationToken);

    /// <summary>Writes the table anew: what was updated or deleted is gone from its file, and not only marked.</summary>
    /// <returns>False when somebody still reads what was there before.</returns>
    public Task<bool> RewriteAsync(CancellationToken cancellationToken) => database.RewriteAsync("server_secret", cancellationToken);
}

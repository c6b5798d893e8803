namespace StepCloud.Storage;

/// <summary>Remembers which master key the installation's secrets are sealed under; never the key.</summary>
public sealed class MasterKeyStore(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>Null when nothing was sealed yet.</summary>
    public Task<MasterKeyCheck?> FindAsync(CancellationToken cancellationToken) => database.FirstAsync(
        new Sql("SELECT key_id, check_value FROM master_key"),
        reader => new MasterKeyCheck(reader.GetString(0), reader.GetFieldValue<byte[]>(1)),
        cancellationToken);

    /// <summary>Adds the check unless there is one.</summary>
    public Task AddIfNoneAsync(MasterKeyCheck check, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql(
            "INSERT INTO master_key (key_id, check_value, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            check.KeyId, check.CheckValue, clock.GetUtcNow()),
        cancellationToken);
}

/// <param name="CheckValue">Only the right key opens it.</param>
public sealed record MasterKeyCheck(string KeyId, byte[] CheckValue);

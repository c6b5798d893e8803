using System.Security.Cryptography;

namespace StepCloud.Storage;

/// <summary>Random secrets that the installation's servers share, each made at its first use.</summary>
public sealed class ServerSecretStore(StepCloudDatabase database, TimeProvider clock)
{
    public const int SecretBytes = 32;

    /// <summary>The secret of that name: the same for every caller, also for two that ask for it first at once.</summary>
    public async Task<byte[]> GetOrCreateAsync(string name, CancellationToken cancellationToken)
    {
        await database.ExecuteAsync(
            new Sql(
                "INSERT INTO server_secret (name, value, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
                name, RandomNumberGenerator.GetBytes(SecretBytes), clock.GetUtcNow()),
            cancellationToken);
        return await database.ScalarAsync<byte[]>(new Sql("SELECT value FROM server_secret WHERE name = $1", name), cancellationToken);
    }
}

using System.Security.Cryptography;
using Dapper;
using Npgsql;

namespace StepCloud.Storage;

/// <summary>Random secrets that the installation's servers share, each made at its first use.</summary>
public sealed class ServerSecretStore(NpgsqlDataSource database, TimeProvider clock)
{
    public const int SecretBytes = 32;

    /// <summary>The secret of that name: the same for every caller, also for two that ask for it first at once.</summary>
    public async Task<byte[]> GetOrCreateAsync(string name, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "INSERT INTO server_secret (name, value, created_at) VALUES (@name, @value, @now) ON CONFLICT (name) DO NOTHING",
            new { name, value = RandomNumberGenerator.GetBytes(SecretBytes), now = clock.GetUtcNow() },
            cancellationToken: cancellationToken));
        return await connection.QuerySingleAsync<byte[]>(new CommandDefinition(
            "SELECT value FROM server_secret WHERE name = @name", new { name }, cancellationToken: cancellationToken));
    }
}

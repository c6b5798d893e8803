using System.Security.Cryptography;
using StepCloud.Storage;

namespace StepCloud.Api.Tokens.Sealing;

/// <summary>Seals what versions before the master key kept in plain. Finds nothing at every start but the first.</summary>
internal sealed partial class PlainSecrets(SigningKeyStore keys, ServerSecretStore secrets, MasterKey masterKey, ILogger<PlainSecrets> logger)
{
    public async Task SealAsync(CancellationToken cancellationToken)
    {
        int sealedCount = 0;
        foreach (PlainSecret plain in await keys.ListPlainAsync(cancellationToken))
        {
            await keys.ReplacePlainAsync(plain.Name, Seal(StoredSigningKeys.PurposeOf(plain.Name), plain.Value), cancellationToken);
            sealedCount++;
        }

        foreach (PlainSecret plain in await secrets.ListPlainAsync(cancellationToken))
        {
            await secrets.ReplacePlainAsync(plain.Name, Seal(ServerSecrets.PurposeOf(plain.Name), plain.Value), cancellationToken);
            sealedCount++;
        }

        if (sealedCount == 0)
            return;
        LogSealed(logger, sealedCount);
        // An update leaves the old row in the table's file.
        bool isGone = await keys.RewriteAsync(cancellationToken) & await secrets.RewriteAsync(cancellationToken);
        if (!isGone) LogStillRead(logger);
    }

    private byte[] Seal(string purpose, byte[] plain)
    {
        byte[] sealedBytes = masterKey.Seal(purpose, plain);
        CryptographicOperations.ZeroMemory(plain);
        return sealedBytes;
    }

    [LoggerMessage(4202, LogLevel.Warning, "{Count} secrets that lay in the database in plain are sealed now. Backups made before still hold them in plain: 'stepcloud key rotate' makes a new signing key")]
    private static partial void LogSealed(ILogger logger, int count);

    [LoggerMessage(4204, LogLevel.Warning, "A transaction that began before, in this database or another one of its cluster, has not ended, so these secrets may still be in the database's files in plain. Run 'VACUUM (FULL) signing_key' and 'VACUUM (FULL) server_secret' when that is over")]
    private static partial void LogStillRead(ILogger logger);
}

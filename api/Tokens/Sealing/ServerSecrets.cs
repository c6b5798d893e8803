using System.Security.Cryptography;
using StepCloud.Actors.Ports;
using StepCloud.Storage;

namespace StepCloud.Api.Tokens.Sealing;

/// <summary>Random secrets of 32 bytes that the installation's servers share, each made at its first use and kept sealed.</summary>
internal sealed class ServerSecrets(ServerSecretStore store, MasterKey masterKey)
{
    public const int SecretBytes = 32;

    /// <summary>The secret of that name: the same for every caller, also for two processes that ask for it first at once.</summary>
    /// <exception cref="SealBrokenException">The stored one cannot be opened.</exception>
    public async Task<byte[]> GetOrCreateAsync(string name, CancellationToken cancellationToken)
    {
        byte[]? stored = await store.FindAsync(name, cancellationToken);
        stored ??= await store.GetOrAddAsync(name, masterKey.Seal(PurposeOf(name), RandomNumberGenerator.GetBytes(SecretBytes)), cancellationToken);
        return masterKey.Open(PurposeOf(name), stored);
    }

    internal static string PurposeOf(string name) => $"server-secret:{name}";
}

using StepCloud.Actors.Ports;

namespace StepCloud.Api.Tokens.Sealing;

/// <summary>Seals under the installation's master key, which is opened before the first request.</summary>
internal sealed class MasterKeySealing(OpenedSecrets opened) : ISealing
{
    public byte[] Seal(string purpose, ReadOnlySpan<byte> secret) => opened.MasterKey.Seal(purpose, secret);

    public byte[] Open(string purpose, byte[] sealedBytes) => opened.MasterKey.Open(purpose, sealedBytes);
}

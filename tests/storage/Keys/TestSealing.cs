using StepCloud.Actors.Ports;
using StepCloud.Storage.Keys;

namespace StepCloud.Tests.Storage;

/// <summary>A master key of one test.</summary>
internal sealed class TestSealing : ISealing
{
    private readonly SecretKey _key = SecretKey.New();

    public byte[] Seal(string purpose, ReadOnlySpan<byte> secret) => _key.Seal(purpose, secret);

    public byte[] Open(string purpose, byte[] sealedBytes) => _key.Open(purpose, sealedBytes);
}

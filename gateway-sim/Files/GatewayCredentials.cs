using System.Text.Json;
using StepCloud.Contracts.Ids;

namespace StepCloud.GatewaySim.Files;

/// <summary>Who a gateway is, and the one secret by which it proves it.</summary>
/// <param name="RefreshToken">Good for one use: each use brings its successor.</param>
/// <param name="EnrolledAt">By this machine's clock; orders the gateways of a folder.</param>
public sealed record GatewayCredentials(GatewayId Id, string Name, string RefreshToken, DateTimeOffset EnrolledAt)
{
    private const string FileName = "credentials.json";

    /// <summary>Null when the folder holds none.</summary>
    /// <exception cref="UserErrorException">The file is there and is not what this program writes.</exception>
    public static GatewayCredentials? TryRead(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<GatewayCredentials>(File.ReadAllBytes(path), FileJson.Options) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new UserErrorException($"{path} is damaged: it holds no credentials.");
        }
    }

    internal void Write(string folder) =>
        AtomicFile.WriteDurable(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, FileJson.Options));
}

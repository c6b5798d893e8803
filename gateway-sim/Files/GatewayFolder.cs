namespace StepCloud.GatewaySim.Files;

/// <summary>What one gateway keeps, and where.</summary>
public sealed class GatewayFolder(string path, GatewayCredentials credentials)
{
    public GatewayCredentials Credentials { get; private set; } = credentials;

    public string OutboxPath => Path.Combine(path, "outbox");

    public string LedgerPath => Path.Combine(path, "ledger.log");

    public string DevicesPath => Path.Combine(path, "devices.json");

    public string ReplaysPath => Path.Combine(path, "replays.json");

    /// <summary>Returns when the credentials are on the disk, and only then shows them: a token is never used before it is kept.</summary>
    public void Save(GatewayCredentials changed)
    {
        changed.Write(path);
        Credentials = changed;
    }
}

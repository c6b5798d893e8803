namespace StepCloud.Actors.Ports;

/// <summary>The JSON document of each actor that keeps one. The same rows serve every host, so an installation can change its host.</summary>
public interface IActorStateStore
{
    Task<StoredActorState?> LoadAsync(string kind, string key, CancellationToken cancellationToken);

    /// <summary>Writes the document if the stored version is still <paramref name="expectedVersion"/> (0: there is none yet).</summary>
    /// <returns>The new version; null when another writer was first, and nothing was written.</returns>
    Task<long?> SaveAsync(string kind, string key, long expectedVersion, string stateJson, CancellationToken cancellationToken);
}

public sealed record StoredActorState(long Version, string StateJson);

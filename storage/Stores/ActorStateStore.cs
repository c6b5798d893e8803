using StepCloud.Actors.Ports;

namespace StepCloud.Storage;

/// <summary>The actors' documents, one row each.</summary>
public sealed class ActorStateStore(StepCloudDatabase database, TimeProvider clock) : IActorStateStore
{
    public Task<StoredActorState?> LoadAsync(string kind, string key, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql("SELECT version, state::text FROM actor_state WHERE kind = $1 AND key = $2", kind, key),
        reader => new StoredActorState(reader.GetInt64(0), reader.GetString(1)),
        cancellationToken);

    public async Task<long?> SaveAsync(string kind, string key, long expectedVersion, string stateJson, CancellationToken cancellationToken)
    {
        Sql write = expectedVersion == 0
            ? new Sql(
                "INSERT INTO actor_state (kind, key, version, state, updated_at) VALUES ($1, $2, 1, $3::jsonb, $4) ON CONFLICT DO NOTHING",
                kind, key, stateJson, clock.GetUtcNow())
            : new Sql(
                "UPDATE actor_state SET version = version + 1, state = $3::jsonb, updated_at = $4 WHERE kind = $1 AND key = $2 AND version = $5",
                kind, key, stateJson, clock.GetUtcNow(), expectedVersion);
        return await database.ExecuteAsync(write, cancellationToken) == 1 ? expectedVersion + 1 : null;
    }
}

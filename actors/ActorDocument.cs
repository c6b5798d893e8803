using System.Text.Json;
using StepCloud.Actors.Hosting;
using StepCloud.Actors.Ports;

namespace StepCloud.Actors;

/// <summary>The JSON document that one actor keeps: loaded when it is activated, written conditionally on its version.</summary>
/// <exception cref="ActorStateConflictException">From <see cref="SaveAsync"/>, when another activation wrote it first.</exception>
public sealed class ActorDocument<TState>(IActorStateStore store, string kind, string key) where TState : class, new()
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private long _version;

    public TState State { get; set; } = new();

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (await store.LoadAsync(kind, key, cancellationToken) is not { } stored) return;
        _version = stored.Version;
        State = JsonSerializer.Deserialize<TState>(stored.StateJson, Json) ?? new TState();
    }

    public async Task SaveAsync(CancellationToken cancellationToken)
    {
        string json = JsonSerializer.Serialize(State, Json);
        _version = await store.SaveAsync(kind, key, _version, json, cancellationToken)
            ?? throw new ActorStateConflictException($"The state of {kind} {key} was written by another activation after version {_version}.");
    }
}

namespace StepCloud.Mqtt.Broker;

/// <summary>Keeps retained messages outside this process. All of them are in memory too; without a store, only there.</summary>
public interface IRetainedStore
{
    /// <summary>Whether other servers write it too: <see cref="MqttServer.RefreshRetainedAsync"/> brings in what they wrote.</summary>
    bool IsShared => false;

    IAsyncEnumerable<MqttMessage> LoadAllAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Stores all of the changes, later ones over earlier ones of the same topic, or, by an exception, none; they are then tried again.
    /// The publisher's acknowledgement waits for it.
    /// </summary>
    ValueTask SaveAsync(IReadOnlyList<RetainedChange> changes, CancellationToken cancellationToken);
}

/// <param name="Topic">The Topic Name.</param>
/// <param name="Message">Null: the topic has no retained message any more.</param>
public sealed record RetainedChange(string Topic, MqttMessage? Message);

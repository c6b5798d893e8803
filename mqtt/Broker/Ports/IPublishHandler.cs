namespace StepCloud.Mqtt.Broker;

/// <summary>What happens to a PUBLISH before its acknowledgement.</summary>
public interface IPublishHandler
{
    /// <summary>
    /// Takes the messages of one connection, in their order: all that one read of its socket held, or what gathered while the
    /// batch before was here. Sets a Reason Code on those it refuses. Acknowledgements are written after the task has completed, all
    /// in one write; the next batch of the connection comes after that.
    /// </summary>
    /// <remarks>
    /// The batch and the memory of its messages are valid until the task completes. If it faults, nothing is acknowledged and the
    /// connection ends, so that the client sends again. The token is cancelled when the server stops without waiting any longer.
    /// </remarks>
    ValueTask AcceptAsync(PublishBatch batch, CancellationToken cancellationToken);
}

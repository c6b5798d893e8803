using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>A publication that waits for its place or its answer.</summary>
internal sealed class PendingPublish(in PublishPacket message)
    : TaskCompletionSource<PublishResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private readonly PublishPacket _message = message;
    private CancellationTokenRegistration _cancellation;

    public ref readonly PublishPacket Message => ref _message;

    /// <summary>0 until it is first sent.</summary>
    public ushort PacketIdentifier { get; set; }

    /// <summary>The order of first sending, which resending keeps [MQTT-4.6.0-1].</summary>
    public long Sequence { get; set; }

    /// <summary>It was sent on this connection and takes one place of its Receive Maximum.</summary>
    public bool HoldsQuota { get; set; }

    /// <summary>PUBREC has come and PUBREL was sent: only PUBCOMP is awaited (QoS 2).</summary>
    public bool IsReleased { get; set; }

    public void CancelWith(CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled) return;
        _cancellation = cancellationToken.UnsafeRegister(
            static (state, token) => ((PendingPublish)state!).TrySetCanceled(token), this);
    }

    public void Complete(PublishResult result)
    {
        _cancellation.Dispose();
        TrySetResult(result);
    }

    public void Fail(Exception exception)
    {
        _cancellation.Dispose();
        TrySetException(exception);
    }
}

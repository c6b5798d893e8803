using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

public enum DecodeStatus : byte
{
    /// <summary>The input ends within a packet that is right so far.</summary>
    NeedMore,

    /// <summary>A packet was decoded.</summary>
    Decoded,

    /// <summary>The peer broke the standard or a limit; nothing after this can be trusted, the connection must end.</summary>
    Refused,
}

/// <summary>What became of the input.</summary>
/// <param name="Status">Which of the three.</param>
/// <param name="Length">
/// In bytes, from the start of the input. Decoded: the packet's. NeedMore: what the whole packet will be, or 0 while
/// its fixed header is not complete. Refused: 0.
/// </param>
/// <param name="Violation">Why it was refused; null otherwise.</param>
/// <param name="Version">
/// For a refused CONNECT whose protocol level could be read: the version to answer it in. Null: close without an answer.
/// </param>
public readonly record struct DecodeResult(DecodeStatus Status, int Length, Violation? Violation = null, MqttVersion? Version = null);

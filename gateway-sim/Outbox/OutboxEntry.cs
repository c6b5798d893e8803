using StepCloud.Contracts.Ids;

namespace StepCloud.GatewaySim.Outbox;

/// <summary>Where an undelivered step lies. Its payload stays on the disk until it is sent, so a long outage costs no memory.</summary>
internal sealed record OutboxEntry(StepId Id, OutboxSegment Segment, long Offset, int RecordBytes)
{
    /// <summary>Its place in the order in which steps were made.</summary>
    public (long Segment, long Offset) Order => (Segment.Number, Offset);
}

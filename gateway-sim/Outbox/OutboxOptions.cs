namespace StepCloud.GatewaySim.Outbox;

/// <param name="BytesMax">What the outbox may take on the disk. 1 GiB is about a week of a busy shop without a network, and fits any SD card.</param>
/// <param name="SegmentBytesMax">
/// A segment goes from the disk when all of it is delivered: smaller ones free the space sooner, larger ones mean fewer files.
/// Never above an eighth of <paramref name="BytesMax"/>, so that a full outbox has delivered segments to give back.
/// </param>
/// <param name="GroupBytesMax">Steps that are waiting to be written share an fsync up to this size.</param>
public sealed record OutboxOptions(long BytesMax = 1L << 30, int SegmentBytesMax = 8 << 20, int GroupBytesMax = 1 << 20)
{
    public static readonly OutboxOptions Default = new();

    internal long SegmentBytes => Math.Min(SegmentBytesMax, BytesMax / 8);
}

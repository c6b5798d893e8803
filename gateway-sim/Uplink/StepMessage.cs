using StepCloud.GatewaySim.Outbox;

namespace StepCloud.GatewaySim.Uplink;

/// <summary>The payload of one PUBLISH: a step alone as its object, several as an array. The bytes of each are the outbox's own.</summary>
internal static class StepMessage
{
    public static ReadOnlyMemory<byte> Of(IReadOnlyList<OutboxStep> steps)
    {
        if (steps.Count == 1)
            return steps[0].Payload;
        // "[" or "," before each and "]" behind the last.
        byte[] message = new byte[steps.Sum(step => 1 + step.Payload.Length) + 1];
        int position = 0;
        foreach (OutboxStep step in steps)
        {
            message[position] = (byte)(position == 0 ? '[' : ',');
            step.Payload.Span.CopyTo(message.AsSpan(position + 1));
            position += 1 + step.Payload.Length;
        }
        message[position] = (byte)']';
        return message;
    }
}

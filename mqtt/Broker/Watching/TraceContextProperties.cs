using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker;

/// <summary>The trace that a publisher's message belongs to: the User Properties `traceparent` and `tracestate`, as W3C's Trace Context has them for HTTP.</summary>
internal static class TraceContextProperties
{
    /// <summary>Version, trace id, parent id and flags (Trace Context §3.2).</summary>
    private const int TraceParentBytes = 55;

    /// <summary>What Trace Context §3.3.1.1 asks a vendor to pass on at least; a longer one is left out.</summary>
    private const int TraceStateBytesMax = 512;

    /// <summary>Allocates only for a message that has one.</summary>
    /// <returns>False when there is none, more than one, or one that is malformed: as Trace Context §3.2.2.3 says, it is as if there were none.</returns>
    public static bool TryRead(in PublishProperties properties, out ActivityContext context)
    {
        context = default;
        ReadOnlySpan<byte> parent = default, state = default;
        var walker = new PropertyWalker(properties.Encoded.Span);
        while (walker.MoveNext())
        {
            if (walker.Identifier != PropertyIdentifier.UserProperty) continue;
            var pair = walker.Value;
            int nameBytes = BinaryPrimitives.ReadUInt16BigEndian(pair);
            var name = pair.Slice(2, nameBytes);
            var value = pair[(2 + nameBytes + 2)..];
            if (name.SequenceEqual("traceparent"u8))
            {
                if (!parent.IsEmpty) return false;
                parent = value;
            }
            else if (name.SequenceEqual("tracestate"u8) && value.Length <= TraceStateBytesMax)
            {
                state = value;
            }
        }

        return parent.Length == TraceParentBytes && ActivityContext.TryParse(
            Encoding.ASCII.GetString(parent), state.IsEmpty ? null : Encoding.UTF8.GetString(state), isRemote: true, out context);
    }
}

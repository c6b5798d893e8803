using System.Runtime.InteropServices;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>
/// The properties of one packet (MQTT 5.0 §2.2.2): gives one identifier after the other, and has checked that it
/// exists, belongs there and is not there twice; the caller reads the value.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct PropertyReader
{
    private readonly ulong _allowed;
    private readonly ulong _repeatable;
    private readonly int _outerEnd;
    private ulong _seen;

    /// <param name="reader">Stands at the Property Length.</param>
    /// <param name="allowed">From <see cref="PropertySets"/>.</param>
    /// <param name="repeatable">What may be there more than once.</param>
    public PropertyReader(ref PacketReader reader, ulong allowed, ulong repeatable = PropertySets.UserProperty)
    {
        _allowed = allowed;
        _repeatable = repeatable;
        Length = (int)reader.ReadVariableByteInteger();
        _outerEnd = reader.Enter(Length);
    }

    /// <summary>In bytes, without the length itself.</summary>
    public int Length { get; }

    public readonly bool Saw(PropertyIdentifier identifier) => (_seen & PropertySets.Bit(identifier)) != 0;

    public bool TryNext(ref PacketReader reader, out PropertyIdentifier identifier)
    {
        if (reader.Remaining == 0)
        {
            identifier = PropertyIdentifier.None;
            reader.Leave(_outerEnd);
            return false;
        }
        // An identifier is a Variable Byte Integer, though none that exists needs a second byte.
        var raw = reader.ReadVariableByteInteger();
        identifier = (PropertyIdentifier)Math.Min(raw, byte.MaxValue);
        if (PropertyWalker.TypeOf(identifier) == PropertyType.None) reader.Fail(Violations.UnknownProperty);
        else if ((_allowed & PropertySets.Bit(identifier)) == 0) reader.Fail(Violations.PropertyNotAllowed);
        else if ((_seen & ~_repeatable & PropertySets.Bit(identifier)) != 0) reader.Fail(Violations.DuplicateProperty);
        else _seen |= PropertySets.Bit(identifier);
        return !reader.Failed;
    }
}

internal static class PropertyReading
{
    public static bool ReadBoolean(this ref PacketReader reader)
    {
        var value = reader.ReadByte();
        if (value > 1) reader.Fail(Violations.NotBoolean);
        return value == 1;
    }

    public static ushort ReadReceiveMaximum(this ref PacketReader reader)
    {
        var value = reader.ReadUInt16();
        if (value == 0) reader.Fail(Violations.ReceiveMaximumZero);
        return value;
    }

    public static uint ReadMaximumPacketSize(this ref PacketReader reader)
    {
        var value = reader.ReadUInt32();
        if (value == 0) reader.Fail(Violations.MaximumPacketSizeZero);
        return value;
    }

    public static uint ReadSubscriptionIdentifier(this ref PacketReader reader)
    {
        var value = reader.ReadVariableByteInteger();
        if (value == 0) reader.Fail(Violations.SubscriptionIdentifierZero);
        return value;
    }
}

using System.Buffers.Binary;
using System.Diagnostics;

namespace StepCloud.Mqtt.Packets;

internal enum PropertyType : byte
{
    None,
    Byte,
    TwoByteInteger,
    FourByteInteger,
    VariableByteInteger,
    Utf8String,
    Utf8StringPair,
    BinaryData,
}

/// <summary>Walks a block of properties that is known to be valid: one that the decoder let through, or one of our own making.</summary>
internal ref struct PropertyWalker(ReadOnlySpan<byte> encoded)
{
    private readonly ReadOnlySpan<byte> _encoded = encoded;
    private int _next;

    public PropertyIdentifier Identifier { get; private set; }

    /// <summary>Where the property, identifier included, begins.</summary>
    public int Start { get; private set; }

    /// <summary>Where the property ends and the next one begins.</summary>
    public readonly int End => _next;

    /// <summary>The value as it is on the wire: strings and binary data with their two bytes of length.</summary>
    public readonly ReadOnlySpan<byte> Value => _encoded[(Start + 1).._next];

    public bool MoveNext()
    {
        if (_next >= _encoded.Length) return false;
        Start = _next;
        Identifier = (PropertyIdentifier)_encoded[_next];
        var value = _encoded[(_next + 1)..];
        _next += 1 + LengthOf(TypeOf(Identifier), value);
        return true;
    }

    /// <summary>MQTT 5.0 §2.2.2.2, table 2-4.</summary>
    public static PropertyType TypeOf(PropertyIdentifier identifier) => identifier switch
    {
        PropertyIdentifier.PayloadFormatIndicator or PropertyIdentifier.RequestProblemInformation
            or PropertyIdentifier.RequestResponseInformation or PropertyIdentifier.MaximumQos
            or PropertyIdentifier.RetainAvailable or PropertyIdentifier.WildcardSubscriptionAvailable
            or PropertyIdentifier.SubscriptionIdentifierAvailable
            or PropertyIdentifier.SharedSubscriptionAvailable => PropertyType.Byte,
        PropertyIdentifier.ServerKeepAlive or PropertyIdentifier.ReceiveMaximum
            or PropertyIdentifier.TopicAliasMaximum or PropertyIdentifier.TopicAlias => PropertyType.TwoByteInteger,
        PropertyIdentifier.MessageExpiryInterval or PropertyIdentifier.SessionExpiryInterval
            or PropertyIdentifier.WillDelayInterval or PropertyIdentifier.MaximumPacketSize => PropertyType.FourByteInteger,
        PropertyIdentifier.SubscriptionIdentifier => PropertyType.VariableByteInteger,
        PropertyIdentifier.ContentType or PropertyIdentifier.ResponseTopic
            or PropertyIdentifier.AssignedClientIdentifier or PropertyIdentifier.AuthenticationMethod
            or PropertyIdentifier.ResponseInformation or PropertyIdentifier.ServerReference
            or PropertyIdentifier.ReasonString => PropertyType.Utf8String,
        PropertyIdentifier.UserProperty => PropertyType.Utf8StringPair,
        PropertyIdentifier.CorrelationData or PropertyIdentifier.AuthenticationData => PropertyType.BinaryData,
        _ => PropertyType.None,
    };

    private static int LengthOf(PropertyType type, ReadOnlySpan<byte> value)
    {
        switch (type)
        {
            case PropertyType.Byte:
                return 1;
            case PropertyType.TwoByteInteger:
                return 2;
            case PropertyType.FourByteInteger:
                return 4;
            case PropertyType.VariableByteInteger:
                return value.IndexOfAnyInRange((byte)0, (byte)0x7F) + 1;
            case PropertyType.Utf8String or PropertyType.BinaryData:
                return 2 + BinaryPrimitives.ReadUInt16BigEndian(value);
            case PropertyType.Utf8StringPair:
                var name = 2 + BinaryPrimitives.ReadUInt16BigEndian(value);
                return name + 2 + BinaryPrimitives.ReadUInt16BigEndian(value[name..]);
            default:
                throw new UnreachableException("the block was not validated");
        }
    }
}

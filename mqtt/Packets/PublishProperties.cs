using System.Buffers.Binary;
using System.Text;

namespace StepCloud.Mqtt.Packets;

/// <summary>
/// The properties that travel with an application message unaltered from publisher to subscriber: Payload Format
/// Indicator, Content Type, Response Topic, Correlation Data and User Properties (MQTT 5.0 §3.3.2.3).
/// </summary>
/// <remarks>
/// It is the encoded block itself, validated when it was decoded and read only when asked, so that a message passes a
/// broker without being taken apart. A block as received also holds the properties of one hop (Topic Alias, Message
/// Expiry Interval, Subscription Identifiers, Will Delay Interval): they are never read from here and never encoded.
/// </remarks>
public readonly struct PublishProperties : IEquatable<PublishProperties>
{
    private PublishProperties(ReadOnlyMemory<byte> encoded) => Encoded = encoded;

    /// <summary>As on the wire, without the length before it. Valid as long as the buffer it came from.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    public bool IsEmpty => Encoded.IsEmpty;

    /// <summary>The Payload Format Indicator: the payload is UTF-8 text (MQTT 5.0 §3.3.2.3.2).</summary>
    public bool PayloadIsUtf8 => TryFind(PropertyIdentifier.PayloadFormatIndicator, out var value) && value.Span[0] == 1;

    public string? ContentType => FindString(PropertyIdentifier.ContentType);
    public string? ResponseTopic => FindString(PropertyIdentifier.ResponseTopic);
    public ReadOnlyMemory<byte>? CorrelationData =>
        TryFind(PropertyIdentifier.CorrelationData, out var value) ? value[2..] : (ReadOnlyMemory<byte>?)null;

    /// <summary>In their order; allocates.</summary>
    public IReadOnlyList<UserProperty> UserProperties
    {
        get
        {
            List<UserProperty>? found = null;
            var walker = new PropertyWalker(Encoded.Span);
            while (walker.MoveNext())
            {
                if (walker.Identifier != PropertyIdentifier.UserProperty) continue;
                var nameBytes = BinaryPrimitives.ReadUInt16BigEndian(walker.Value);
                (found ??= []).Add(new UserProperty(
                    Encoding.UTF8.GetString(walker.Value.Slice(2, nameBytes)),
                    Encoding.UTF8.GetString(walker.Value[(2 + nameBytes + 2)..])));
            }
            return found ?? (IReadOnlyList<UserProperty>)[];
        }
    }

    /// <summary>Takes back what <see cref="Encoded"/> gave; anything else is the caller's error.</summary>
    public static PublishProperties FromEncoded(ReadOnlyMemory<byte> encoded) => new(encoded);

    /// <summary>Encodes once what may then be sent with many messages.</summary>
    /// <exception cref="ArgumentException">A string or the Correlation Data is over 65,535 bytes, or not a UTF-8 string of the standard.</exception>
    public static PublishProperties Create(
        bool payloadIsUtf8 = false,
        string? contentType = null,
        string? responseTopic = null,
        ReadOnlyMemory<byte>? correlationData = null,
        IReadOnlyList<UserProperty>? userProperties = null)
    {
        using var block = new MemoryStream();
        if (payloadIsUtf8) block.Write([(byte)PropertyIdentifier.PayloadFormatIndicator, 1]);
        if (contentType is not null) Append(block, PropertyIdentifier.ContentType, Utf8String.Encode(contentType));
        if (responseTopic is not null) Append(block, PropertyIdentifier.ResponseTopic, Utf8String.Encode(responseTopic));
        if (correlationData is { } data) Append(block, PropertyIdentifier.CorrelationData, data.Span);
        foreach (var (name, value) in userProperties ?? [])
        {
            Append(block, PropertyIdentifier.UserProperty, Utf8String.Encode(name));
            AppendPrefixed(block, Utf8String.Encode(value));
        }
        return new PublishProperties(block.ToArray());
    }

    /// <summary>A copy that owns its memory and holds nothing of the hop it came over.</summary>
    public PublishProperties Detach()
    {
        if (IsEmpty) return default;
        var copy = new byte[CarriedBytes];
        CopyCarried(copy);
        return new PublishProperties(copy);
    }

    /// <summary>How many bytes <see cref="CopyCarried"/> writes.</summary>
    internal int CarriedBytes
    {
        get
        {
            var total = 0;
            var walker = new PropertyWalker(Encoded.Span);
            while (walker.MoveNext())
            {
                if (IsCarried(walker.Identifier)) total += walker.End - walker.Start;
            }
            return total;
        }
    }

    /// <summary>Copies what travels with the message, as the peer encoded it.</summary>
    internal int CopyCarried(Span<byte> destination)
    {
        var written = 0;
        var encoded = Encoded.Span;
        var walker = new PropertyWalker(encoded);
        while (walker.MoveNext())
        {
            if (!IsCarried(walker.Identifier)) continue;
            encoded[walker.Start..walker.End].CopyTo(destination[written..]);
            written += walker.End - walker.Start;
        }
        return written;
    }

    public bool Equals(PublishProperties other) => Encoded.Span.SequenceEqual(other.Encoded.Span);
    public override bool Equals(object? obj) => obj is PublishProperties other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Encoded.Span);
        return hash.ToHashCode();
    }

    public static bool operator ==(PublishProperties left, PublishProperties right) => left.Equals(right);
    public static bool operator !=(PublishProperties left, PublishProperties right) => !left.Equals(right);

    private static bool IsCarried(PropertyIdentifier identifier) => identifier
        is not (PropertyIdentifier.TopicAlias or PropertyIdentifier.MessageExpiryInterval
            or PropertyIdentifier.SubscriptionIdentifier or PropertyIdentifier.WillDelayInterval);

    private string? FindString(PropertyIdentifier identifier) =>
        TryFind(identifier, out var value) ? Encoding.UTF8.GetString(value.Span[2..]) : null;

    private bool TryFind(PropertyIdentifier identifier, out ReadOnlyMemory<byte> value)
    {
        var walker = new PropertyWalker(Encoded.Span);
        while (walker.MoveNext())
        {
            if (walker.Identifier != identifier) continue;
            value = Encoded[(walker.Start + 1)..walker.End];
            return true;
        }
        value = default;
        return false;
    }

    private static void Append(MemoryStream block, PropertyIdentifier identifier, ReadOnlySpan<byte> value)
    {
        block.WriteByte((byte)identifier);
        AppendPrefixed(block, value);
    }

    private static void AppendPrefixed(MemoryStream block, ReadOnlySpan<byte> value)
    {
        if (value.Length > ushort.MaxValue) throw new ArgumentException("The Correlation Data is longer than 65,535 bytes.", nameof(value));
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)value.Length);
        block.Write(length);
        block.Write(value);
    }
}

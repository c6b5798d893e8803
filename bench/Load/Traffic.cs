namespace StepCloud.Bench.Load;

/// <summary>Who the publishers are, and what they publish. Every message of one publisher has the same length.</summary>
internal abstract class Traffic
{
    /// <summary>Its CONNECT.</summary>
    public abstract byte[] Connect(int publisher);

    public abstract string Topic(int publisher);

    /// <summary>Of a message, as it is sent first.</summary>
    public abstract byte[] NewPayload(int publisher);

    /// <summary>Whether a message that is sent again has to become another one before.</summary>
    public virtual bool IsRenewed => false;

    /// <summary>Makes another message of it.</summary>
    public virtual void Renew(int publisher, Span<byte> payload)
    {
    }
}

/// <summary>Random bytes of anybody, the same again and again.</summary>
internal sealed class AnonymousTraffic(int payloadBytes) : Traffic
{
    public override byte[] Connect(int publisher) => Wire.Connect($"bench-{publisher}");

    public override string Topic(int publisher) => PublishPlan.Topic(publisher);

    public override byte[] NewPayload(int publisher)
    {
        byte[] payload = new byte[payloadBytes];
        Random.Shared.NextBytes(payload);
        return payload;
    }
}

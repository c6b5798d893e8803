using System.Diagnostics;

namespace StepCloud.Mqtt.Broker;

/// <summary>The span of a batch. It goes on the trace of the first message that has one, and is linked to those of the others.</summary>
internal static class BatchSpan
{
    private const string Name = "mqtt process";

    /// <summary>As many links as the SDKs of OpenTelemetry keep of one span by default.</summary>
    private const int LinksMax = 128;

    /// <returns>Null when nobody listens, or whoever does wants nothing of it.</returns>
    public static Activity? Begin(PublishBatch batch)
    {
        ActivityContext parent = default;
        List<ActivityLink>? links = null;
        for (int i = 0; i < batch.Count; i++)
        {
            if (!TraceContextProperties.TryRead(batch.At(i).Packet.Properties, out var context)) continue;
            if (parent == default) parent = context;
            else if (links is null || links.Count < LinksMax) (links ??= []).Add(new ActivityLink(context));
        }

        // A WebSocket's request would be the parent otherwise, which lasts as long as the connection.
        Activity.Current = null;
        var span = MqttWatching.Source.StartActivity(Name, ActivityKind.Consumer, parent, links: links);
        // Names of OpenTelemetry's semantic conventions for messaging.
        span?.SetTag("messaging.system", "mqtt")
            .SetTag("messaging.operation.name", "process")
            .SetTag("messaging.operation.type", "process")
            .SetTag("messaging.batch.message_count", batch.Count)
            .SetTag("messaging.client.id", batch.Client.ClientIdentifier);
        return span;
    }

    /// <summary>Everything of the batch is accepted and acknowledged, or refused.</summary>
    public static void Complete(Activity? span, int refused)
    {
        if (span is null) return;
        if (refused > 0) span.SetTag("stepcloud.mqtt.refused", refused);
        span.Dispose();
    }

    /// <summary>Nothing of it is acknowledged.</summary>
    public static void Fail(Activity? span)
    {
        if (span is null) return;
        span.SetStatus(ActivityStatusCode.Error);
        span.Dispose();
    }
}

using StepCloud.Mqtt.Broker.Sessions;
using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>SUBSCRIBE and UNSUBSCRIBE (MQTT 5.0 §3.8, §3.10).</summary>
internal sealed partial class ClientConnection
{
    private async ValueTask SubscribeAsync(SubscribePacket packet)
    {
        var answers = new ReasonCode[packet.Subscriptions.Count];
        string? reason = null;
        List<TopicSubscription> toRetained = [];
        List<TopicFilter> granted = [];
        for (int i = 0; i < answers.Length; i++)
        {
            var wanted = packet.Subscriptions[i];
            var (refusal, filter) = await JudgeAsync(wanted);
            answers[i] = SayableReason.InSubAck(refusal.ReasonCode);
            reason ??= refusal.ReasonString;
            if (!refusal.IsAllowed) continue;

            answers[i] = (ReasonCode)wanted.MaximumQos;
            var subscription = new TopicSubscription(_session!, filter!)
            {
                MaximumQos = wanted.MaximumQos,
                NoLocal = wanted.NoLocal,
                RetainAsPublished = wanted.RetainAsPublished,
                Identifier = packet.SubscriptionIdentifier ?? 0,
            };
            bool isNew = _core.Registry.Subscribe(_session!, subscription, wanted);
            granted.Add(filter!);
            bool wantsRetained = wanted.RetainHandling == RetainHandling.SendAtSubscribe || (wanted.RetainHandling == RetainHandling.SendIfNew && isNew);
            if (wantsRetained && !filter!.IsShared) toRetained.Add(subscription);
        }

        if (_session!.Journal is { } journal) await journal.WhenStoredAsync();
        foreach (var filter in granted) _core.Observer?.Subscribed(_client!, filter);
        _sender!.Send(new SubAckPacket { PacketIdentifier = packet.PacketIdentifier, ReasonCodes = answers, ReasonString = reason });
        foreach (var subscription in toRetained) SendRetained(subscription);
    }

    private async ValueTask UnsubscribeAsync(UnsubscribePacket packet)
    {
        var answers = new ReasonCode[packet.TopicFilters.Count];
        for (int i = 0; i < answers.Length; i++)
            answers[i] = _core.Registry.Unsubscribe(_session!, packet.TopicFilters[i]) ? ReasonCode.Success : ReasonCode.NoSubscriptionExisted;
        if (_session!.Journal is { } journal) await journal.WhenStoredAsync();
        _sender!.Send(new UnsubAckPacket { PacketIdentifier = packet.PacketIdentifier, ReasonCodes = answers });
    }

    private async ValueTask<(Authorization Outcome, TopicFilter? Filter)> JudgeAsync(Subscription wanted)
    {
        if (!TopicFilter.TryParse(wanted.TopicFilter, out var filter) || TopicName.LevelCount(filter.Filter) > _core.Options.TopicLevelsMax)
            return (new Authorization(ReasonCode.TopicFilterInvalid), null);
        if (!_session!.Subscriptions.ContainsKey(filter.Text) && _session.Subscriptions.Count >= _session.Limits.SubscriptionsMax)
            return (new Authorization(ReasonCode.QuotaExceeded, $"A session has {_session.Limits.SubscriptionsMax} subscriptions at most."), null);
        // What is retained goes to the queue past its limit, so a queue that is full already takes no more subscriptions.
        if (_session.WaitingCount >= _session.Limits.QueuedMessagesMax)
            return (new Authorization(ReasonCode.QuotaExceeded, "Too many messages wait for this client."), null);
        return (await _core.Authorizer.AuthorizeSubscribeAsync(_client!, filter, _core.Stopping), filter);
    }

    private void SendRetained(TopicSubscription subscription)
    {
        var found = _core.Retained.Match(subscription.Filter);
        if (found.Count == 0) return;
        using var routing = _core.Router.Begin();
        foreach (var message in found)
        {
            routing.Deliver(_session!, new OutgoingMessage(message)
            {
                Qos = Router.Lower(message.Qos, subscription.MaximumQos),
                Retain = true,
                SubscriptionIdentifiers = subscription.Identifiers,
            }, evenIfFull: true);
        }
    }
}

using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Broker.Sessions;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

public sealed class OutgoingMessagesTests
{
    private static OutgoingMessage Message() => new(new MqttMessage { Topic = "a" }) { Qos = QualityOfService.AtLeastOnce };

    [Fact]
    public void Identifiers_go_round_and_leave_out_those_that_are_held()
    {
        var messages = new OutgoingMessages();
        var held = Message();
        messages.TryAdd(held).ShouldBeTrue();
        for (int i = 0; i < 70_000; i++)
        {
            var next = Message();
            messages.TryAdd(next).ShouldBeTrue();
            next.PacketIdentifier.ShouldNotBe(held.PacketIdentifier);
            next.PacketIdentifier.ShouldNotBe((ushort)0);
            messages.Remove(next);
        }

        messages.TryFind(held.PacketIdentifier, out var found).ShouldBeTrue();
        found.ShouldBeSameAs(held);
        messages.Count.ShouldBe(1);
    }

    [Fact]
    public void When_all_identifiers_are_held_nothing_more_is_taken()
    {
        var messages = new OutgoingMessages();
        var all = new List<OutgoingMessage>();
        for (int i = 0; i < 65_535; i++)
        {
            all.Add(Message());
            messages.TryAdd(all[^1]).ShouldBeTrue();
        }

        messages.TryAdd(Message()).ShouldBeFalse();
        messages.Remove(all[40_000]);
        var next = Message();
        messages.TryAdd(next).ShouldBeTrue();
        next.PacketIdentifier.ShouldBe(all[40_000].PacketIdentifier);
        foreach (var message in all.Where(m => m != all[40_000]).Append(next))
        {
            messages.TryFind(message.PacketIdentifier, out var found).ShouldBeTrue();
            found.ShouldBeSameAs(message);
        }
    }

    /// <summary>Against a plain list: whatever is added, sent, acknowledged in any order and rewound, order and contents are right.</summary>
    [Fact]
    public void It_keeps_the_order_whatever_is_sent_and_acknowledged()
    {
        Prop.ForAll(Arb.From(Gen.ListOf(Gen.Choose(0, 9))), steps =>
        {
            var messages = new OutgoingMessages();
            var model = new List<OutgoingMessage>();
            var sent = new HashSet<OutgoingMessage>();
            foreach (int step in steps)
            {
                if (step <= 3)
                {
                    var added = Message();
                    messages.TryAdd(added);
                    model.Add(added);
                }
                else if (step <= 6)
                {
                    var expected = model.Find(m => !sent.Contains(m));
                    messages.TryPeek(out var next).ShouldBe(expected is not null);
                    next.ShouldBeSameAs(expected);
                    if (next is null) continue;
                    messages.Advance(OutgoingState.AwaitsPubAck);
                    sent.Add(next);
                }
                else if (step <= 8 && model.Count > 0)
                {
                    var gone = model[(step * 7 + model.Count) % model.Count];
                    messages.Remove(gone);
                    model.Remove(gone);
                    sent.Remove(gone);
                }
                else
                {
                    messages.Rewind();
                    sent.Clear();
                }

                messages.InOrder().ShouldBe(model);
                messages.Count.ShouldBe(model.Count);
                messages.WaitingCount.ShouldBe(model.Count(m => m.State == OutgoingState.Waits));
                messages.Bytes.ShouldBe(model.Sum(m => m.Message.Cost));
                foreach (var message in model)
                {
                    messages.TryFind(message.PacketIdentifier, out var found).ShouldBeTrue();
                    found.ShouldBeSameAs(message);
                }
            }
        }).QuickCheckThrowOnFailure();
    }
}

using System.Text.Json;
using Shouldly;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Sim.Peers;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Uplink;

/// <summary>A refusal comes by the PUBACK, by a notice on the errors topic, or by both in either order; each time it counts once.</summary>
public sealed class RefusalTests
{
    [Fact]
    public async Task A_refused_step_leaves_with_its_code_and_the_others_go_on()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        fixture.Connect();
        await Eventually.HoldsAsync(() => fixture.Tally.Online == 1, "it is online");
        fixture.Server.OnSteps = _ => new Answer(ReasonCode.PayloadFormatInvalid, "value_not_finite: /series/0/values/3 is not finite.");
        string refused = (await fixture.MakeAsync(1)).Single();
        await fixture.DeliveredAsync();
        fixture.Server.OnSteps = _ => Answer.Ok;
        string stored = (await fixture.MakeAsync(1)).Single();
        await fixture.DeliveredAsync();

        Ends(fixture).ShouldBe([$"R {refused} value_not_finite", $"A {stored}"]);
        (fixture.Tally.Acknowledged, fixture.Tally.Refused).ShouldBe((1, 1));
        fixture.ReceivedIds.ShouldBe([refused, stored]);
    }

    [Fact]
    public async Task A_refusal_without_words_has_the_reason_code_for_its_code()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        fixture.Server.OnSteps = _ => new Answer(ReasonCode.QuotaExceeded);
        string refused = (await fixture.MakeAsync(1)).Single();
        fixture.Connect();
        await fixture.DeliveredAsync();

        Ends(fixture).ShouldBe([$"R {refused} 0x97"]);
    }

    public static TheoryData<MqttVersion, bool> Ways() => new()
    {
        { MqttVersion.V500, true }, { MqttVersion.V500, false }, { MqttVersion.V311, true }, { MqttVersion.V311, false },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Of_an_array_only_those_count_as_refused_that_the_notice_names(MqttVersion version, bool noticeFirst)
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync(version);
        List<string> made = await fixture.MakeAsync(5);
        fixture.Server.OnSteps = message =>
        {
            string notice = Notice(message, (1, made[1], "time_in_future"), (3, made[3], "unknown_device"));
            return new Answer(ReasonCode.PayloadFormatInvalid, "time_in_future: no.", noticeFirst ? notice : null, noticeFirst ? null : notice);
        };
        fixture.Connect();
        await Eventually.HoldsAsync(() => fixture.Gateway.Undelivered == 0 && fixture.Tally.Refused == 2, "all steps are settled");

        Last(fixture).ShouldBe(
            [$"A {made[0]}", $"R {made[1]} time_in_future", $"A {made[2]}", $"R {made[3]} unknown_device", $"A {made[4]}"], ignoreOrder: true);
        (fixture.Tally.Acknowledged, fixture.Tally.Refused).ShouldBe((3, 2));
        fixture.Server.StepMessages.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_notice_beside_the_puback_of_the_same_refusal_changes_nothing()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        List<string> made = await fixture.MakeAsync(1);
        fixture.Server.OnSteps = message =>
        {
            string notice = Notice(message, (0, made[0], "unknown_device"));
            return new Answer(ReasonCode.NotAuthorized, "unknown_device: no.", notice, notice);
        };
        fixture.Connect();
        await fixture.DeliveredAsync();
        await fixture.StopAsync();

        Ends(fixture).ShouldBe([$"R {made[0]} unknown_device"]);
        (fixture.Tally.Acknowledged, fixture.Tally.Refused).ShouldBe((0, 1));
    }

    [Fact]
    public async Task An_array_refused_without_a_word_of_which_is_sent_again_one_by_one()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync(noticeMax: TimeSpan.FromMilliseconds(300));
        List<string> made = await fixture.MakeAsync(4);
        fixture.Server.OnSteps = message => GatewayFixture.IdsOf(message).Contains(made[2])
            ? new Answer(ReasonCode.PayloadFormatInvalid, "value_not_finite: no.")
            : Answer.Ok;
        fixture.Connect();
        await fixture.DeliveredAsync();

        Ends(fixture).ShouldBe([$"A {made[0]}", $"A {made[1]}", $"R {made[2]} value_not_finite", $"A {made[3]}"], ignoreOrder: true);
        fixture.Server.StepMessages.Select(message => GatewayFixture.IdsOf(message).Count()).ShouldBe([4, 1, 1, 1, 1]);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"topic":"sc/1/x/steps","refusals":null}""")]
    [InlineData("""{"topic":"sc/1/x/devices","refusals":[{"index":0,"id":"019aa5b3-6c00-7000-8000-000000000001","code":"foreign_device","reason":"no"}]}""")]
    [InlineData("""{"topic":"sc/1/x/steps","refusals":[{"index":0,"id":"no uuid"}]}""")]
    public async Task Whatever_comes_on_the_errors_topic_the_steps_go_on(string notice)
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        fixture.Server.OnSteps = _ => Answer.Ok with { NoticeFirst = notice };
        fixture.Connect();
        await fixture.MakeAsync(1);
        await fixture.DeliveredAsync();
        await fixture.MakeAsync(1);
        await fixture.DeliveredAsync();

        (fixture.Tally.Acknowledged, fixture.Tally.Refused).ShouldBe((2, 0));
        fixture.Server.Connects.ShouldHaveSingleItem();
    }

    private static IEnumerable<string> Ends(GatewayFixture fixture) => fixture.Ledger.Where(line => line[0] != 'S');

    // Of several ends of one step the last one counts.
    private static IEnumerable<string> Last(GatewayFixture fixture) => Ends(fixture).GroupBy(line => line.Split(' ')[1]).Select(lines => lines.Last());

    private static string Notice(Received message, params (int Index, string Id, string Code)[] refusals) => JsonSerializer.Serialize(new
    {
        topic = message.Topic,
        packet_identifier = message.PacketIdentifier,
        refusals = refusals.Select(refusal => new { index = refusal.Index, id = refusal.Id, code = refusal.Code, reason = "Because." }),
    });
}

using System.Text.Json;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Storage;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class RejectedMessageStoreTests : StoreTests
{
    private RejectedMessageStore Messages => new(Installation.Stores, Installation.Clock);

    private Quarantine Quarantine => new(Installation.Stores, Installation.Clock);

    [Fact]
    public async Task A_message_is_kept_byte_for_byte_with_its_reasons()
    {
        byte[] payload = [0, 255, 10, 0xC3, 0x28];
        Guid step = Guid.CreateVersion7();
        await AddAsync(Message(payload, new RejectedElement(3, step, new Refusal(RefusalCode.ValueNotFinite, "Value 7 of 'a' is NaN.")),
            new RejectedElement(4, null, new Refusal(RefusalCode.ValueNotFinite, "half \uD83D and \0")), new RejectedElement(5, null, new Refusal(RefusalCode.MissingField, "'id'"))));

        QuarantinedMessage row = (await ListAsync()).ShouldHaveSingleItem();

        (row.GatewayId, row.Source, row.Topic, row.PayloadBytes, row.ReceivedAt).ShouldBe((Organization.Gateway.Id.Value, "mqtt", "sc/1/x/steps", 5, Now));
        (await Quarantine.FindPayloadAsync(row.Id, CancellationToken.None)).ShouldBe(payload);
        JsonElement first = JsonDocument.Parse(row.Reasons).RootElement[0];
        first.GetProperty("index").GetInt32().ShouldBe(3);
        first.GetProperty("id").GetGuid().ShouldBe(step);
        first.GetProperty("code").GetString().ShouldBe("value_not_finite");
        (await Database.ScalarAsync<string[]>("SELECT codes FROM rejected_message")).ShouldBe(["missing_field", "value_not_finite"], ignoreOrder: true);
        (await Database.ScalarAsync<Guid>("SELECT site_id FROM rejected_message")).ShouldBe(Organization.Site.Value);
    }

    [Fact]
    public async Task A_gateway_that_nobody_knows_is_no_reason_to_lose_its_message()
    {
        GatewayId unknown = GatewayId.New(TimeProvider.System);
        await AddAsync(Message([1]) with { Gateway = unknown });

        (await ListAsync()).ShouldHaveSingleItem().GatewayId.ShouldBe(unknown.Value);
        (await Database.ScalarAsync<bool>("SELECT organization_id IS NULL FROM rejected_message")).ShouldBeTrue();
    }

    [Fact]
    public async Task Messages_are_listed_newest_first_by_pages_and_by_gateway()
    {
        GatewayId other = GatewayId.New(TimeProvider.System);
        for (int n = 0; n < 10; n++)
        {
            Installation.Clock.Advance(TimeSpan.FromSeconds(1));
            await AddAsync(Message([(byte)n]) with { Topic = $"{n}", Gateway = n % 2 == 0 ? Organization.Gateway.Id : other });
        }

        List<string> topics = [];
        Guid? before = null;
        while (await Quarantine.ListAsync(null, null, before, 3, CancellationToken.None) is { Count: > 0 } page)
        {
            topics.AddRange(page.Select(row => row.Topic));
            before = page[^1].Id;
        }

        topics.ShouldBe(["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]);
        (await Quarantine.ListAsync(other, null, null, 3, CancellationToken.None)).Select(row => row.Topic).ShouldBe(["9", "7", "5"]);
    }

    [Fact]
    public async Task All_of_a_commit_are_kept_or_none()
    {
        await Should.ThrowAsync<StorageException>(() => AddAsync(Message([1]), Message([2]) with { Source = "pigeon" }));
        (await ListAsync()).ShouldBeEmpty();

        await AddAsync(Message([1]), Message([2]));
        (await ListAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_message_that_is_not_there_has_no_payload() =>
        (await Quarantine.FindPayloadAsync(Guid.CreateVersion7(), CancellationToken.None)).ShouldBeNull();

    private RejectedMessage Message(byte[] payload, params RejectedElement[] elements) =>
        new(Organization.Gateway.Id, "mqtt", "sc/1/x/steps", payload, elements.Length > 0 ? elements : [new RejectedElement(0, null, new Refusal(RefusalCode.MalformedJson, "no"))]);

    private Task AddAsync(params RejectedMessage[] messages) => Messages.AddAsync(messages, CancellationToken.None);

    private Task<IReadOnlyList<QuarantinedMessage>> ListAsync() => Quarantine.ListAsync(null, null, null, 100, CancellationToken.None);
}

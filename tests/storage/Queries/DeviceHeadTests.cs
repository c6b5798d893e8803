using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class DeviceHeadTests : StoreTests
{
    private DeviceHeads Heads => new(Installation.Stores, Installation.Clock);

    [Fact]
    public async Task The_head_is_the_newest_step_by_its_id_and_every_commit_changes_it()
    {
        await using StepStore store = new(Database.ConnectionString);
        StepEvent first = TestSteps.Step(store.Device, FakeClock.Start.AddDays(-3)), newest = TestSteps.Step(store.Device);
        StepEvent late = TestSteps.Step(store.Device, FakeClock.Start.AddMonths(-2));

        (await FindAsync(store.Device)).ShouldBeNull();
        await AppendAsync(store, first);
        DeviceHead one = (await FindAsync(store.Device)).ShouldNotBeNull();
        await AppendAsync(store, newest);
        DeviceHead two = (await FindAsync(store.Device)).ShouldNotBeNull();
        await AppendAsync(store, late);
        DeviceHead three = (await FindAsync(store.Device)).ShouldNotBeNull();

        (one.Newest, two.Newest, three.Newest).ShouldBe((first.Id, newest.Id, newest.Id));
        new[] { one.Changes, two.Changes, three.Changes }.Distinct().Count().ShouldBe(3);
        one.Organization.ShouldBe(Organization.Id);
    }

    [Fact]
    public async Task What_was_stored_before_changes_nothing()
    {
        await using StepStore store = new(Database.ConnectionString);
        StepEvent step = TestSteps.Step(store.Device);
        await AppendAsync(store, step);
        DeviceHead? before = await FindAsync(store.Device);

        (await store.AppendAsync(Origin, step)).ShouldHaveSingleItem().ShouldBeOfType<StepOutcome.AlreadyStored>();

        (await FindAsync(store.Device)).ShouldBe(before);
    }

    [Fact]
    public async Task A_commit_of_many_devices_moves_the_head_of_each()
    {
        await using StepStore store = new(Database.ConnectionString);
        DeviceId[] devices = [.. Enumerable.Range(0, 20).Select(_ => DeviceId.New(TimeProvider.System))];
        StepEvent[] steps = [.. devices.SelectMany(device => Enumerable.Range(0, 3).Select(n => TestSteps.Step(device, FakeClock.Start.AddHours(n))))];
        await AppendAsync(store, steps);

        DeviceHeads heads = Heads;
        DeviceHead?[] found = await Task.WhenAll(devices.Append(DeviceId.New(TimeProvider.System)).Select(device => heads.FindAsync(device, CancellationToken.None)));

        found[..^1].Select(head => head!.Newest).ShouldBe(devices.Select(device => steps.Last(step => step.Device == device).Id));
        found[^1].ShouldBeNull();
    }

    [Fact]
    public async Task Whoever_asks_after_a_commit_sees_it_however_many_ask_at_once()
    {
        await using StepStore store = new(Database.ConnectionString);
        DeviceHeads heads = Heads;
        using CancellationTokenSource stop = new();
        Task[] crowd = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await heads.FindAsync(store.Device, CancellationToken.None);
        }))];

        for (int n = 0; n < 60; n++)
        {
            StepEvent step = TestSteps.Step(store.Device, FakeClock.Start.AddMinutes(n));
            await AppendAsync(store, step);
            (await heads.FindAsync(store.Device, CancellationToken.None)).ShouldNotBeNull().Newest.ShouldBe(step.Id);
        }

        await stop.CancelAsync();
        await Task.WhenAll(crowd);
    }

    private StepOrigin Origin => new(Organization.Id, Organization.Site, Organization.Gateway.Id);

    private Task<DeviceHead?> FindAsync(DeviceId device) => Heads.FindAsync(device, CancellationToken.None);

    private async Task AppendAsync(StepStore store, params StepEvent[] steps) =>
        (await store.AppendAsync(Origin, steps)).ShouldAllBe(outcome => outcome is StepOutcome.Stored);
}

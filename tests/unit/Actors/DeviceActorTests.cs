using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Actors.Devices;
using StepCloud.Actors.Hosting;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Unit.Actors;

public sealed class DeviceActorTests
{
    private static readonly DeviceId Device = DeviceId.New(new FakeClock());
    private static readonly StepOrigin Origin = new(default, default, default);

    private readonly MemoryEvents _events = new();
    private readonly MemoryActorStates _states = new();

    [Fact]
    public async Task It_adds_up_what_it_is_told()
    {
        DeviceActor actor = await ActivateAsync();
        await actor.StepsCommittedAsync(await CommitAsync(0, Steps.Of(Device, 1, 5, """{"a":1}"""), Steps.Of(Device, 2, 7)), default);

        DeviceTwin twin = await actor.GetTwinAsync(default);
        (twin.StepsStored, twin.SamplesStored, twin.Settings).ShouldBe((2, 4, """{"a":1}"""));
        twin.LastStep!.Label.ShouldBe("step 2");
        twin.LastValues["force"].ShouldBe(new LastValue(7, "kg", Steps.Start.AddMinutes(2).AddSeconds(1)));
        _events.Reads.ShouldBe(1, "it looked once, when it was activated");
    }

    [Fact]
    public async Task A_late_step_counts_and_is_not_the_last()
    {
        DeviceActor actor = await ActivateAsync();
        await actor.StepsCommittedAsync(await CommitAsync(0, Steps.Of(Device, 9, 9), Steps.Of(Device, 1, 1)), default);
        DeviceTwin twin = await actor.GetTwinAsync(default);
        (twin.StepsStored, twin.LastStep!.Label, twin.LastValues["force"].Value).ShouldBe((2, "step 9", 9));
    }

    [Fact]
    public async Task After_a_gap_it_reads_the_store()
    {
        DeviceActor actor = await ActivateAsync();
        await CommitAsync(0, Steps.Of(Device, 1));
        await actor.StepsCommittedAsync(await CommitAsync(10, Steps.Of(Device, 2)), default);
        (await actor.GetTwinAsync(default)).StepsStored.ShouldBe(2);
    }

    [Fact]
    public async Task What_it_has_folded_it_does_not_fold_again()
    {
        DeviceActor actor = await ActivateAsync();
        CommittedSteps committed = await CommitAsync(0, Steps.Of(Device, 1));
        await actor.StepsCommittedAsync(committed, default);
        await actor.StepsCommittedAsync(committed, default);
        await actor.StepsCommittedAsync(committed with { After = null }, default);
        (await actor.GetTwinAsync(default)).StepsStored.ShouldBe(1);
    }

    [Fact]
    public async Task Losing_its_state_loses_nothing()
    {
        DeviceActor first = await ActivateAsync();
        await first.StepsCommittedAsync(await CommitAsync(0, Steps.Of(Device, 1), Steps.Of(Device, 2, 3, """{"x":true}""")), default);
        DeviceTwin before = await first.GetTwinAsync(default);
        _states.Rows.ShouldBeEmpty("it was not deactivated");

        DeviceTwin after = await (await ActivateAsync()).GetTwinAsync(default);
        (after.Position, after.StepsStored, after.SamplesStored, after.Settings).ShouldBe(
            (before.Position, before.StepsStored, before.SamplesStored, before.Settings));
        after.LastStep.ShouldBe(before.LastStep);
        after.LastValues.ShouldBe(before.LastValues);
    }

    [Fact]
    public async Task It_goes_on_from_its_document_and_catches_up_the_rest()
    {
        DeviceActor first = await ActivateAsync();
        await first.StepsCommittedAsync(await CommitAsync(0, [.. Enumerable.Range(0, 5).Select(i => Steps.Of(Device, i))]), default);
        await first.DeactivateAsync(default);
        _states.Rows.Count.ShouldBe(1);

        await CommitAsync(50, [.. Enumerable.Range(5, 1200).Select(i => Steps.Of(Device, i))]);
        DeviceTwin twin = await (await ActivateAsync()).GetTwinAsync(default);
        (twin.StepsStored, twin.LastStep!.Label).ShouldBe((1205, "step 1204"));
    }

    [Fact]
    public async Task Two_that_write_one_document_are_found_out()
    {
        DeviceActor one = await ActivateAsync();
        DeviceActor other = await ActivateAsync();
        CommittedSteps committed = await CommitAsync(0, Steps.Of(Device, 1));
        await one.StepsCommittedAsync(committed, default);
        await other.StepsCommittedAsync(committed, default);
        await one.DeactivateAsync(default);
        await Should.ThrowAsync<ActorStateConflictException>(() => other.DeactivateAsync(default));
    }

    [Fact]
    public void The_order_of_the_commits_does_not_change_the_twin() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), seeds =>
        {
            StepEvent[] steps = [.. seeds.Select((seed, i) => Steps.Of(Device, i, seed, seed % 3 == 0 ? $$"""{"s":{{i}}}""" : "{}"))];
            DeviceTwin straight = Fold(steps);
            DeviceTwin turned = Fold([.. steps.OrderBy(step => step.Id.Value.GetHashCode())]);
            return straight.LastStep == turned.LastStep && straight.Settings == turned.Settings
                && straight.SamplesStored == turned.SamplesStored && straight.LastValues.SequenceEqual(turned.LastValues);
        }).QuickCheckThrowOnFailure();

    private static DeviceTwin Fold(StepEvent[] steps)
    {
        DeviceFold fold = new(DeviceTwin.Empty);
        for (int i = 0; i < steps.Length; i++) fold.Apply(DeviceFold.HeadOf(i + 1, steps[i]));
        return fold.Snapshot();
    }

    private async Task<DeviceActor> ActivateAsync()
    {
        DeviceActor actor = new(Device, _events, _states);
        await actor.ActivateAsync(default);
        return actor;
    }

    private async Task<CommittedSteps> CommitAsync(long after, params StepEvent[] steps)
    {
        IReadOnlyList<StepOutcome> outcomes = await _events.AppendAsync(Origin, steps, default);
        return new CommittedSteps(
            after, [.. outcomes.Select((outcome, i) => DeviceFold.HeadOf(((StepOutcome.Stored)outcome).Position, steps[i]))]);
    }
}

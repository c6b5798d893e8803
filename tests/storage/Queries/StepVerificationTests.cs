using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>What was altered in the database is found, wherever it stands.</summary>
public sealed class StepVerificationTests : StepStoreTests
{
    [Fact]
    public async Task What_was_stored_is_found_whole()
    {
        await Store.AppendAsync([.. Enumerable.Range(0, 450).Select(n => Step(n))]);
        List<long> told = [];
        StepsVerdict verdict = await VerifyAsync(null, told);
        (verdict.Steps, verdict.BrokenCount, verdict.Broken.Count).ShouldBe((450, 0, 0), string.Join(Environment.NewLine, verdict.Broken));
        told.ShouldBe([200, 400, 450]);
        (await VerifyAsync(OrganizationId.New(TimeProvider.System), [])).Steps.ShouldBe(0);
    }

    [Theory]
    [InlineData("UPDATE step_event SET label = 'other'")]
    [InlineData("UPDATE step_event SET outcome = 1")]
    [InlineData("UPDATE step_event SET outcome = NULL")]
    [InlineData("UPDATE step_event SET job = 'K-2'")]
    [InlineData("UPDATE step_event SET sequence = NULL")]
    [InlineData("UPDATE step_event SET device_id = gen_random_uuid()")]
    [InlineData("UPDATE step_event SET kind = 2")]
    [InlineData("UPDATE step_event SET started = started - interval '1 microsecond'")]
    [InlineData("UPDATE step_event SET ended = ended + interval '1 day'")]
    [InlineData("UPDATE step_event SET settings = '{\"exposure_s\":2.5}'")]
    [InlineData("UPDATE step_event SET settings = '{\"exposure_s\": 2.50}'")]
    [InlineData("UPDATE step_event SET series_count = 1")]
    [InlineData("UPDATE step_event SET sample_count = 1")]
    [InlineData("UPDATE step_event SET content_hash = sha256('')")]
    [InlineData("UPDATE step_series SET unit = 'N' WHERE ordinal = 0")]
    [InlineData("UPDATE step_series SET name = 'other' WHERE ordinal = 0")]
    [InlineData("UPDATE step_series SET ordinal = 2 - ordinal")]
    [InlineData("UPDATE step_series SET kind = 1")]
    [InlineData("UPDATE step_series SET samples = set_byte(samples, length(samples) - 2, get_byte(samples, length(samples) - 2) # 1) WHERE ordinal = 0")]
    [InlineData("UPDATE step_series SET samples = samples || '\\x00' WHERE ordinal = 0")]
    [InlineData("UPDATE step_series SET max_value = max_value + 1 WHERE ordinal = 0")]
    [InlineData("UPDATE step_series SET mean = 0 WHERE ordinal = 0")]
    [InlineData("DELETE FROM step_series WHERE ordinal = 1")]
    [InlineData("UPDATE step_log SET lines = '{other}'")]
    [InlineData("DELETE FROM step_log")]
    public async Task What_was_altered_is_named(string alteration)
    {
        StepEvent step = Step(0);
        await Store.AppendAsync(step);
        await Database.ExecuteAsync(alteration);
        (await VerifyAsync(null, [])).Broken.ShouldHaveSingleItem().Step.ShouldBe(step.Id);
    }

    [Fact]
    public async Task A_gateways_steps_are_told_with_what_is_really_there_of_them_and_nobody_elses_are()
    {
        // More than are read at a time, and one with more samples than are read with others.
        StepEvent[] steps =
        [
            .. Enumerable.Range(0, 250).Select(Step),
            TestSteps.Step(Store.Device, FakeClock.Start.AddDays(1), series: [TestSteps.Series("a", new double[600_000]), TestSteps.Singular("b", 1)]),
            TestSteps.Step(Store.Device, FakeClock.Start.AddDays(2), series: []),
            Step(5000),
        ];
        await Store.AppendAsync(steps);
        await Store.AppendAsync(StepStore.NewOrigin(), TestSteps.Step(Store.Device));
        await Database.ExecuteAsync("UPDATE step_series SET samples = samples || '\\x00' WHERE step_id = $1 AND ordinal = 0", steps[^1].Id.Value);

        List<VerifiedStep> told = [];
        StepVerification verification = new(new StepCloudDatabase(Database.Source, TimeProvider.System));
        await foreach (VerifiedStep step in verification.VerifyByGatewayAsync(Store.Origin.Gateway, verification.CountThinned(), default))
            told.Add(step);

        told.Select(step => (step.Id, step.Samples)).ShouldBe(steps.OrderBy(step => step.Id.Value).Select(step => (step.Id, step.Series.Sum(series => (long)series.Values.Length))));
        told.Select(step => Convert.ToHexString(step.ContentHash)).ShouldBe(steps.OrderBy(step => step.Id.Value).Select(step => Convert.ToHexString(ContentHash.Of(step))));
        told.Where(step => step.Fault is not null).ShouldHaveSingleItem().Fault!.ShouldStartWith("its samples cannot be read: ");
        told.ShouldAllBe(step => !step.IsThinned);
    }

    private async Task<StepsVerdict> VerifyAsync(OrganizationId? organization, List<long> told)
    {
        StepCloudDatabase database = new(Database.Source, TimeProvider.System);
        return await new StepVerification(database)
            .VerifyAsync(organization, new Told(told), CancellationToken.None);
    }

    private StepEvent Step(int n) => TestSteps.Step(
        Store.Device, FakeClock.Start.AddMinutes(n), settings: "{\"exposure_s\":2.50}",
        series: [TestSteps.Series("force", 1.25, -7, 3.5), TestSteps.Singular("resin_used", n)], logs: [TestSteps.Log("one", "two")]) with
    {
        Outcome = StepResult.Failed, Job = "K-1", Sequence = n,
    };

    private sealed class Told(List<long> values) : IProgress<long>
    {
        public void Report(long value) => values.Add(value);
    }
}

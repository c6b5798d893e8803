using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.GatewaySim.Replay;
using StepCloud.GatewaySim.Wire;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Workflows;

/// <summary>The twelve recorded runs of a mill as jobs against a blueprint that was learned from the first three.</summary>
[Collection(ApiTests.Name)]
public sealed class RecordedRunsTests(ApiServer server)
{
    private static readonly string[] All =
    [
        "Prep", "Layer 1 Up", "Layer 1 Down", "Repositioning", "Layer 2 Up", "Layer 2 Down", "Repositioning 2", "Layer 3 Up", "Layer 3 Down", "End",
    ];

    [Fact]
    public async Task Runs_that_stopped_early_deviate_with_their_missing_steps_named()
    {
        SharedData.CncMill.Count.ShouldBe(12, "the recorded runs stand in ../shared/data/cnc-mill beside the checkout");
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        DeviceId mill = DeviceId.New(TimeProvider.System);
        await rig.Gateway.AnnounceAsync(TestGateway.Announcement(mill, model: "CNC Mill")).ShouldAnswerAsync(200);
        DateTimeOffset start = TimeProvider.System.GetUtcNow().AddHours(-6);
        for (int run = 1; run <= 3; run++) await SendRunAsync(rig, mill, run, start);

        JsonObject proposal = (await rig.Owner.PostAsync(
            "/api/v1/blueprints/proposals",
            new JsonObject { ["runs"] = new JsonArray(Run(1), Run(2), Run(3)), ["margin_percent"] = 20, ["series"] = new JsonArray("S1_OutputPower", "X1_CurrentFeedback") }).ShouldAnswerAsync(200)).AsObject();
        string[] proposed = [.. proposal["steps"]!.AsArray().Where(step => (int?)step!["times_min"] == 1).Select(step => (string)step!["name"]!)];
        proposed.Select(name => name == "end" ? "End" : name).ShouldBe(All);
        string blueprint = await rig.ApproveAsync(proposal);

        Dictionary<int, string> jobs = [];
        for (int run = 1; run <= 12; run++) jobs[run] = await rig.AddJobAsync(blueprint, Code(run));
        for (int run = 4; run <= 12; run++) await SendRunAsync(rig, mill, run, start);

        for (int run = 1; run <= 3; run++)
        {
            JsonNode learned = await rig.JobAsync(jobs[run]);
            WorkflowRig.State(learned).ShouldBe("conforming", $"run {run}: {string.Join("; ", WorkflowRig.Open(learned))}");
            ((int)learned["progress"]!["done"]!).ShouldBe((int)learned["progress"]!["expected"]!);
        }

        foreach ((int run, string[] missing) in new[] { (4, All[2..^1]), (5, All[2..^1]), (7, All[5..^1]) })
        {
            JsonNode stopped = await rig.JobAsync(jobs[run]);
            WorkflowRig.State(stopped).ShouldBe("deviating");
            stopped["deviations"]!.AsArray().Where(one => (string?)one!["code"] == "missing_step").Select(one => (string)one!["text"]!).Order(StringComparer.Ordinal)
                .ShouldBe(missing.Select(name => $"{name} was not done.").Order(StringComparer.Ordinal), $"run {run}");
        }

        foreach (int run in new[] { 6, 8, 9, 10, 11, 12 })
            WorkflowRig.Open(await rig.JobAsync(jobs[run])).ShouldNotContain(one => one.StartsWith("missing_step", StringComparison.Ordinal), $"run {run} came to its end");
        JsonNode reviews = await rig.Owner.GetAsync("/api/v1/reviews?limit=200").ShouldAnswerAsync(200);
        reviews["items"]!.AsArray().Count.ShouldBe(12);
    }

    private static JsonObject Run(int run) => new() { ["code"] = Code(run) };

    private static string Code(int run) => $"run-{run:00}";

    private static async Task SendRunAsync(WorkflowRig rig, DeviceId device, int run, DateTimeOffset start)
    {
        string path = SharedData.CncMill[run - 1];
        MachiningFile file = MachiningCsv.Read(path, await File.ReadAllBytesAsync(path));
        DateTimeOffset at = start.AddMinutes(10 * run);
        foreach (StepEvent step in ReplaySteps.Of(new ReplayJob(file, new DateTimeOffset(at.Ticks / 10_000 * 10_000, TimeSpan.Zero), file.Name), device))
        {
            JsonObject json = JsonNode.Parse(StepJson.Write(step))!.AsObject();
            json["job"] = Code(run);
            await rig.SendAsync(json);
        }
    }
}

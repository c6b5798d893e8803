using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Ingress;
using StepCloud.Tests.Api.Registry;
using Xunit;

namespace StepCloud.Tests.Api.Workflows;

/// <summary>Jobs from their steps to what is found of them.</summary>
[Collection(ApiTests.Name)]
public sealed class JobTests(ApiServer server)
{
    [Fact]
    public async Task A_job_goes_from_open_to_conforming_as_its_steps_come()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        string job = await rig.AddJobAsync(await rig.ApproveAsync(), "J-1", new JsonObject { ["name"] = "Splint, upper", ["parts"] = 2 });
        JsonNode begun = await rig.JobAsync(job);
        (WorkflowRig.State(begun), WorkflowRig.Verdicts(begun)).ShouldBe(("open", "print:awaited wash:awaited cure:awaited"));

        await rig.SendAsync(rig.Done("Print", 9, "J-1"));
        JsonNode printed = await rig.JobAsync(job);
        (WorkflowRig.State(printed), WorkflowRig.Verdicts(printed)).ShouldBe(("open", "print:met wash:awaited cure:awaited"));
        ((int?)printed["progress"]!["done"], (int?)printed["progress"]!["expected"]).ShouldBe((1, 3));

        await rig.SendAsync(rig.Done("Wash", 8, "J-1"), rig.Done("CURE ", 7, "J-1"), rig.Done("Print", 6, "J-2"), rig.Done("Print", 5, null));
        JsonNode done = await rig.JobAsync(job);
        (WorkflowRig.State(done), WorkflowRig.Verdicts(done)).ShouldBe(("conforming", "print:met wash:met cure:met"));
        done["steps"]!.AsArray().Select(step => $"{step!["key"]} {step["joined"]}").ShouldBe(["print code", "wash code", "cure code"]);
        done["deviations"]!.AsArray().ShouldBeEmpty();
        ((string?)done["signatures"]!.AsArray().ShouldHaveSingleItem()!["meaning"]).ShouldBe("approved");
    }

    [Fact]
    public async Task Steps_that_came_before_their_job_are_its_own()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        await rig.SendAsync(rig.Done("Print", 30, "early"), rig.Done("Wash", 25, "early"), rig.Done("Cure", 20, "early"));
        string blueprint = await rig.ApproveAsync();
        JsonNode answer = await rig.Owner.PostAsync("/api/v1/jobs", new JsonObject { ["code"] = "early", ["blueprint"] = blueprint }).ShouldAnswerAsync(201);
        WorkflowRig.State(answer).ShouldBe("conforming", "the answer tells it already");
        await rig.Owner.PostAsync("/api/v1/jobs", new JsonObject { ["code"] = "early", ["blueprint"] = blueprint }).ShouldBeProblemAsync(409, "already_taken");
    }

    [Fact]
    public async Task A_step_that_comes_late_withdraws_what_was_found_without_it_and_nothing_is_deleted()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        string job = await rig.AddJobAsync(await rig.ApproveAsync(), "late");
        await rig.SendAsync(rig.Done("Print", 30, "late"), rig.Done("Cure", 20, "late"));
        JsonNode without = await rig.JobAsync(job);
        (WorkflowRig.State(without), WorkflowRig.Verdicts(without)).ShouldBe(("deviating", "print:met wash:missing cure:met"));
        WorkflowRig.Open(without).ShouldBe(["missing_step wash"]);
        await rig.SendAsync(rig.Done("Wash", 25, "late"));
        JsonNode with = await rig.JobAsync(job);
        WorkflowRig.State(with).ShouldBe("conforming");
        JsonNode withdrawn = with["deviations"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)withdrawn["state"], withdrawn["withdrawn_at"] is not null).ShouldBe(("withdrawn", true));
    }

    [Fact]
    public async Task What_is_not_as_approved_is_found_with_its_parameter_and_by_how_much()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        string job = await rig.AddJobAsync(await rig.ApproveAsync(), "odd");
        JsonObject print = rig.Done("Print", 40, "odd").With("settings", JsonNode.Parse("""{"exposure_s":3.5}""")).With("outcome", "failed");
        print["series"] = new JsonArray(StepJson.Series("force", [0, 1], [1, 2.25]));
        print["ended"] = print["started"]!.DeepClone();
        await rig.SendAsync(print, rig.Done("Wash", 20, "odd"), rig.Done("Polish", 18, "odd"), rig.Done("Cure", 15, "odd"));
        JsonNode found = await rig.JobAsync(job);
        WorkflowRig.Open(found).ShouldBe([
            "duration_out_of_range print", "extra_step", "series_out_of_range print force (max)", "setting_out_of_range print /exposure_s", "step_failed print", "wait_too_long wash Print",
        ]);
        JsonNode force = found["deviations"]!.AsArray().First(one => (string?)one!["code"] == "series_out_of_range")!;
        ((double?)force["off_by"], (string?)force["text"]).ShouldBe((0.25, "Print: force (max) was 2.25 kg; approved: at most 2 (0.25 too high)."));
        ((string?)found["deviations"]!.AsArray().First(one => (string?)one!["code"] == "wait_too_long")!["text"]).ShouldBe("Wash began 1200 s after Print; approved: at most 600 s (600 too high).");
    }

    [Fact]
    public async Task Steps_that_name_no_job_join_by_the_device_that_works_for_it_and_by_hand()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        string job = await rig.AddJobAsync(await rig.ApproveAsync(), "windows");
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        JsonNode added = await rig.Owner.PostAsync(
            $"/api/v1/jobs/{job}/devices", new JsonObject { ["device"] = rig.Device.ToString(), ["from"] = now.AddMinutes(-31).ToString("O"), ["to"] = now.AddMinutes(-22).ToString("O") }).ShouldAnswerAsync(200);
        JsonObject cure = rig.Done("Cure", 20, null);
        await rig.SendAsync(rig.Done("Print", 30, null), rig.Done("Wash", 25, null), cure, rig.Done("Print", 24, "another"));
        JsonNode joined = await rig.JobAsync(job);
        (WorkflowRig.State(joined), string.Join(' ', joined["steps"]!.AsArray().Select(step => $"{step!["key"]}:{step["joined"]}"))).ShouldBe(("open", "print:device wash:device"));

        JsonNode byHand = await rig.Owner.PostAsync($"/api/v1/jobs/{job}/steps", new JsonObject { ["step"] = (string?)cure["id"], ["reason"] = "The label was torn." }).ShouldAnswerAsync(200);
        WorkflowRig.State(byHand).ShouldBe("conforming");
        JsonNode without = await rig.Owner.PostAsync($"/api/v1/jobs/{job}/steps/{cure["id"]}/remove", new JsonObject { ["reason"] = "It was another part." }).ShouldAnswerAsync(200);
        (WorkflowRig.State(without), without["choices"]!.AsArray().Count).ShouldBe(("open", 2));
        string assignment = (string)added["devices"]!.AsArray().ShouldHaveSingleItem()!["id"]!;
        JsonNode ended = await rig.Owner.PostAsync($"/api/v1/jobs/{job}/devices/{assignment}/end", new JsonObject { ["to"] = now.AddMinutes(-28).ToString("O") }).ShouldAnswerAsync(200);
        ended["steps"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_job_that_is_complete_misses_what_is_awaited_and_rework_awaits_it_again()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        string job = await rig.AddJobAsync(await rig.ApproveAsync(), "again");
        JsonObject print = rig.Done("Print", 40, "again").With("settings", JsonNode.Parse("""{"exposure_s":9}"""));
        await rig.SendAsync(print, rig.Done("Wash", 35, "again"), rig.Done("Cure", 30, "again"));
        WorkflowRig.Open(await rig.JobAsync(job)).ShouldBe(["setting_out_of_range print /exposure_s"]);
        JsonNode reworked = await rig.DisposeAsync(job, "rework", "Printed anew.").ShouldAnswerAsync(200);
        (WorkflowRig.State(reworked), WorkflowRig.Verdicts(reworked)).ShouldBe(("open", "print:awaited wash:met cure:met"));
        JsonNode complete = await rig.Owner.PostAsync($"/api/v1/jobs/{job}/complete", (JsonNode?)null).ShouldAnswerAsync(200);
        WorkflowRig.Open(complete).ShouldBe(["missing_step print"]);
        await rig.SendAsync(rig.Done("Print", 25, "again"));
        WorkflowRig.Open(await rig.JobAsync(job)).ShouldBe(["out_of_order print"], "what was printed anew was not washed");
        await rig.Owner.PostAsync($"/api/v1/jobs/{job}/steps", new JsonObject { ["step"] = (string?)print["id"], ["reason"] = "It was not so bad." }).ShouldBeProblemAsync(409, "step_reworked");
        await rig.DisposeAsync(job, "accept", "Washed by hand.", ifMatch: null).ShouldBeProblemAsync(428, "precondition_required");
        await rig.DisposeAsync(job, "accept", "Washed by hand.", "\"1\"").ShouldBeProblemAsync(412, "precondition_failed");
        WorkflowRig.State(await rig.DisposeAsync(job, "accept", "Washed by hand.").ShouldAnswerAsync(200)).ShouldBe("conforming");
    }

    [Fact]
    public async Task Materials_must_be_there_unexpired_and_validated_and_lots_are_traced_both_ways()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        JsonObject document = new()
        {
            ["steps"] = new JsonArray(WorkflowRig.Step("print", "Print").With("materials", new JsonArray("Ortho Rigid")).With("needs_validation", true).With("firmware_at", "/nested/a/1")),
        };
        string blueprint = await rig.ApproveAsync(document);
        string old = await rig.AddLotAsync("Ortho Rigid", WorkflowRig.Day(-1)), lot = await rig.AddLotAsync("Ortho Rigid", WorkflowRig.Day(30));
        await rig.Owner.PostAsync("/api/v1/jobs", new JsonObject { ["code"] = "m", ["blueprint"] = blueprint, ["lots"] = new JsonArray(old) }).ShouldBeProblemAsync(409, "lot_expired");
        string job = await rig.AddJobAsync(blueprint, "m");
        await rig.SendAsync(rig.Done("Print", 30, "m"));
        WorkflowRig.Open(await rig.JobAsync(job)).ShouldBe(["material_missing print Ortho Rigid"]);

        JsonNode with = await rig.Owner.PostAsync($"/api/v1/jobs/{job}/lots", new JsonObject { ["lot"] = lot }).ShouldAnswerAsync(200);
        JsonNode found = with["deviations"]!.AsArray().First(one => (string?)one!["state"] == "open")!;
        ((string?)found["code"], ((string)found["text"]!).Contains("firmware b, program not told", StringComparison.Ordinal)).ShouldBe(("combination_not_validated", true));

        string model = await server.Database.ScalarAsync<string>("SELECT model_id::text FROM device WHERE id = $1", rig.Device.Value);
        await rig.Owner.PostAsync(
            "/api/v1/validated-combinations",
            new JsonObject { ["name"] = "Ortho on the MAX", ["material"] = "Ortho Rigid", ["model"] = model, ["firmware"] = "b", ["evidence"] = "VR-1", ["valid_from"] = WorkflowRig.Day(-10) })
            .ShouldAnswerAsync(201);
        WorkflowRig.State(await rig.JobAsync(job)).ShouldBe("conforming", "the combination was entered since");

        JsonNode uses = await rig.Owner.GetAsync($"/api/v1/material-lots/{lot}/jobs").ShouldAnswerAsync(200);
        ((string?)uses["items"]!.AsArray().ShouldHaveSingleItem()!["job"]!["id"]).ShouldBe(job);
        await (await server.StrangerAsync()).GetAsync($"/api/v1/material-lots/{lot}/jobs").ShouldBeProblemAsync(404, "not_found");
        await rig.Owner.PostAsync($"/api/v1/jobs/{job}/lots/{lot}/remove", new JsonObject { ["reason"] = "Wrong bottle." }).ShouldAnswerAsync(200);
        WorkflowRig.Open(await rig.JobAsync(job)).ShouldBe(["material_missing print Ortho Rigid"]);
        uses = await rig.Owner.GetAsync($"/api/v1/material-lots/{lot}/jobs").ShouldAnswerAsync(200);
        uses["items"]!.AsArray().ShouldHaveSingleItem()!["removed_at"].ShouldNotBeNull("it stays known that it was in it");
    }

    [Fact]
    public async Task A_step_on_a_device_whose_calibration_is_overdue_says_so_until_a_record_of_it_is_entered()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        JsonNode plan = await rig.Owner.PostAsync(
            "/api/v1/maintenance-plans",
            new JsonObject { ["device"] = rig.Device.ToString(), ["name"] = "Light engine", ["kind"] = "calibration", ["every_days"] = 90, ["first_due_on"] = WorkflowRig.Day(-3) }).ShouldAnswerAsync(201);
        string job = await rig.AddJobAsync(await rig.ApproveAsync(), "due");
        await rig.SendAsync(rig.Done("Print", 3, "due"));
        JsonNode overdue = await rig.JobAsync(job);
        ((string)overdue["deviations"]!.AsArray().ShouldHaveSingleItem()!["text"]!).ShouldBe($"Print was done on a device of which Light engine was due on {WorkflowRig.Day(-3)}.");
        await rig.Owner.PostAsync($"/api/v1/maintenance-plans/{plan["id"]}/records", new JsonObject { ["performed_on"] = WorkflowRig.Day(-5), ["result"] = "passed" }).ShouldAnswerAsync(201);
        WorkflowRig.Open(await rig.JobAsync(job)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_wait_that_is_over_is_found_though_nothing_comes()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        JsonObject document = WorkflowRig.Document();
        document["steps"]![1]!["waits"]![0]!["max_s"] = 602;
        string job = await rig.AddJobAsync(await rig.ApproveAsync(document), "wait");
        JsonObject print = rig.Done("Print", 10, "wait");
        await rig.SendAsync(print);
        await Support.Eventually.HoldsAsync(
            async () => WorkflowRig.Open(await rig.JobAsync(job)) is ["wait_too_long wash Print"], "ten minutes after the print the wash is overdue");
        await rig.SendAsync(rig.Done("Wash", 5, "wait"));
        WorkflowRig.Open(await rig.JobAsync(job)).ShouldBeEmpty("it had begun in time, and its gateway was slow");
    }

    [Fact]
    public async Task Bad_requests_are_answered_with_their_places()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        string blueprint = await rig.ApproveAsync(), draft = await rig.DraftAsync();
        await rig.Owner.PostAsync("/api/v1/jobs", new JsonObject { ["code"] = "x", ["blueprint"] = draft }).ShouldBeProblemAsync(409, "blueprint_not_approved");
        await rig.Owner.PostAsync("/api/v1/jobs", new JsonObject { ["code"] = " ", ["blueprint"] = blueprint }).ShouldPointToAsync("/code");
        await rig.Owner.PostAsync("/api/v1/jobs", new JsonObject { ["code"] = "x", ["blueprint"] = blueprint, ["blueprint_version"] = 7 }).ShouldPointToAsync("/blueprint_version");
        await rig.Owner.PostAsync("/api/v1/jobs", new JsonObject { ["code"] = "x", ["blueprint"] = Guid.NewGuid().ToString() }).ShouldPointToAsync("/blueprint");
        await rig.Owner.PostAsync("/api/v1/jobs", new JsonObject { ["code"] = "x", ["blueprint"] = blueprint, ["parts"] = 0 }).ShouldPointToAsync("/parts");
        await rig.Owner.PostAsync("/api/v1/jobs", new JsonObject { ["code"] = "x", ["blueprint"] = blueprint, ["lots"] = new JsonArray(Guid.NewGuid().ToString()) }).ShouldPointToAsync("/lots/0");
        string job = await rig.AddJobAsync(blueprint, "x");
        await rig.Owner.PostAsync($"/api/v1/jobs/{job}/devices", new JsonObject { ["device"] = Guid.NewGuid().ToString() }).ShouldPointToAsync("/device");
        await rig.Owner.PostAsync($"/api/v1/jobs/{job}/steps", new JsonObject { ["step"] = Guid.NewGuid().ToString(), ["reason"] = "r" }).ShouldPointToAsync("/step");
        await rig.DisposeAsync(job, "forget", "r").ShouldPointToAsync("/disposition");
        await rig.DisposeAsync(job, "accept", "r").ShouldBeProblemAsync(409, "deviation_closed");
        await (await server.StrangerAsync()).GetAsync($"/api/v1/jobs/{job}").ShouldBeProblemAsync(404, "not_found");

        JsonObject upsideDown = WorkflowRig.Document();
        upsideDown["steps"]![0]!["duration_s"] = new JsonObject { ["min"] = 9, ["max"] = 3 };
        await rig.Owner.PostAsync($"/api/v1/blueprints/{draft}/versions", upsideDown).ShouldPointToAsync("/steps/0/duration_s");
        JsonObject cycle = WorkflowRig.Document();
        cycle["steps"]![0]!["waits"] = new JsonArray(new JsonObject { ["after"] = "cure", ["min_s"] = 1 });
        await rig.Owner.PostAsync($"/api/v1/blueprints/{draft}/versions", cycle).ShouldPointToAsync("/steps/0/waits/0/after");
    }
}

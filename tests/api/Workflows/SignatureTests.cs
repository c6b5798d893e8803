using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Workflows.Records;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Registry;
using Xunit;

namespace StepCloud.Tests.Api.Workflows;

/// <summary>Who signs what, and that nothing that was signed changes unseen.</summary>
[Collection(ApiTests.Name)]
public sealed class SignatureTests(ApiServer server)
{
    [Fact]
    public async Task A_release_is_signed_with_the_password_and_bound_to_the_record()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        (string job, _) = await rig.AddConformingJobAsync();
        string version = $"\"{(await rig.JobAsync(job))["job"]!["version"]}\"";
        await rig.SignAsync($"/api/v1/jobs/{job}/release", ifMatch: null).ShouldBeProblemAsync(428, "precondition_required");
        await rig.SignAsync($"/api/v1/jobs/{job}/release", "\"1\"").ShouldBeProblemAsync(412, "precondition_failed");
        await rig.SignAsync($"/api/v1/jobs/{job}/release", version, password: "not this one at all").ShouldBeProblemAsync(403, "wrong_password");
        (await CountAsync(rig, "signature.refused", job)).ShouldBe(1);

        JsonNode released = await rig.SignAsync($"/api/v1/jobs/{job}/release", version, comment: "All is well.").ShouldAnswerAsync(200);
        WorkflowRig.State(released).ShouldBe("released");
        JsonNode signature = released["signatures"]!.AsArray()[^1]!;
        ((string?)signature["meaning"], (string?)signature["comment"], (bool?)signature["second_factor"], (string?)signature["user_id"])
            .ShouldBe(("released", "All is well.", false, (string?)released["job"]!["decided_by"]));
        ((string)signature["user_name"]!).ShouldNotBeNullOrWhiteSpace();
        (await CountAsync(rig, "job.released", job)).ShouldBe(1);

        await rig.SignAsync($"/api/v1/jobs/{job}/release", "*").ShouldBeProblemAsync(409, "job_decided");
        await rig.SignAsync($"/api/v1/jobs/{job}/reject", "*", comment: "No.").ShouldBeProblemAsync(409, "job_decided");
        await rig.Owner.PostAsync($"/api/v1/jobs/{job}/complete", (JsonNode?)null).ShouldBeProblemAsync(409, "job_decided");
        JsonNode verdict = await rig.Owner.GetAsync($"/api/v1/jobs/{job}/verification").ShouldAnswerAsync(200);
        ((bool?)verdict["sound"]).ShouldBe(true, verdict.ToJsonString());
    }

    [Fact]
    public async Task What_is_open_or_deviating_is_not_released_and_what_is_scrap_can_only_be_rejected()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        string job = await rig.AddJobAsync(await rig.ApproveAsync(), "scrap");
        await rig.SignAsync($"/api/v1/jobs/{job}/release", "*").ShouldBeProblemAsync(409, "job_incomplete");
        await rig.SendAsync(rig.Done("Print", 40, "scrap"), rig.Done("Cure", 30, "scrap"));
        await rig.JobAsync(job);
        await rig.SignAsync($"/api/v1/jobs/{job}/release", "*").ShouldBeProblemAsync(409, "open_deviations");
        await rig.DisposeAsync(job, "scrap", "Never washed.").ShouldAnswerAsync(200);
        await rig.SignAsync($"/api/v1/jobs/{job}/release", "*").ShouldBeProblemAsync(409, "open_deviations");
        await rig.SignAsync($"/api/v1/jobs/{job}/reject", "*").ShouldPointToAsync("/comment");
        WorkflowRig.State(await rig.SignAsync($"/api/v1/jobs/{job}/reject", "*", comment: "Never washed.").ShouldAnswerAsync(200)).ShouldBe("rejected");
    }

    [Fact]
    public async Task An_accepted_deviation_lets_a_job_be_released_with_it_in_its_record()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        string job = await rig.AddJobAsync(await rig.ApproveAsync(), "accepted");
        await rig.SendAsync(rig.Done("Print", 9, "accepted"), rig.Done("Cure", 7, "accepted"));
        JsonNode deviating = await rig.JobAsync(job);
        string deviation = (string)deviating["deviations"]!.AsArray().ShouldHaveSingleItem()!["id"]!;
        JsonNode accepted = await rig.Owner.PostAsync(
            $"/api/v1/jobs/{job}/dispositions",
            new JsonObject { ["disposition"] = "accept", ["reason"] = "Washed by hand, log book page 12.", ["deviations"] = new JsonArray(deviation) }).ShouldAnswerAsync(200);
        WorkflowRig.State(accepted).ShouldBe("conforming");
        JsonNode released = await rig.SignAsync($"/api/v1/jobs/{job}/release", "*").ShouldAnswerAsync(200);
        ((string?)released["deviations"]!.AsArray().ShouldHaveSingleItem()!["disposition"]).ShouldBe("accept");
    }

    [Fact]
    public async Task An_approved_version_never_changes_and_a_retired_one_takes_no_new_jobs()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        string blueprint = await rig.DraftAsync();
        string path = $"/api/v1/blueprints/{blueprint}/versions/1";
        await rig.Owner.SendAsync(HttpMethod.Put, path, WorkflowRig.Json(WorkflowRig.Document().With("finds_extra_steps", false)), "\"1\"").ShouldAnswerAsync(200);
        await rig.SignAsync(path + "/approve", "\"1\"").ShouldBeProblemAsync(412, "precondition_failed");
        await rig.SignAsync(path + "/approve", "\"2\"", password: "not this one at all").ShouldBeProblemAsync(403, "wrong_password");
        JsonNode approved = await rig.SignAsync(path + "/approve", "\"2\"").ShouldAnswerAsync(200);
        ((string?)approved["state"], (string?)approved["signature"]!["record_sha256"]).ShouldBe(("approved", (string?)approved["document_sha256"]));
        await rig.SignAsync(path + "/approve", "*").ShouldBeProblemAsync(409, "version_approved");
        await rig.Owner.SendAsync(HttpMethod.Put, path, WorkflowRig.Json(WorkflowRig.Document()), "*").ShouldBeProblemAsync(409, "version_approved");
        await Should.ThrowAsync<Npgsql.PostgresException>(() => server.Database.ExecuteAsync("UPDATE blueprint_version SET document = '{\"steps\":[]}' WHERE blueprint_id = $1", Guid.Parse(blueprint)));
        await rig.Owner.PostAsync(path + "/retire", new JsonObject { ["reason"] = "Another resin." }).ShouldAnswerAsync(200);
        await rig.Owner.PostAsync("/api/v1/jobs", new JsonObject { ["code"] = "r", ["blueprint"] = blueprint }).ShouldBeProblemAsync(409, "blueprint_not_approved");
    }

    [Fact]
    public async Task The_batch_record_is_the_same_byte_for_byte_and_is_verified_with_no_server()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        string lot = await rig.AddLotAsync("Ortho \u201cRigid\u201d <ü>", WorkflowRig.Day(40));
        string code = $"J {Guid.NewGuid():N}/é", job = await rig.AddJobAsync(await rig.ApproveAsync(), code, new JsonObject { ["lots"] = new JsonArray(lot) });
        JsonObject odd = rig.Done("Print", 35, code).With("settings", JsonNode.Parse("""{"exposure_s":9e0}"""));
        await rig.SendAsync(odd, rig.Done("Wash", 29, code), rig.Done("Cure", 28, code));
        await rig.JobAsync(job);
        await rig.DisposeAsync(job, "rework", "Printed anew.").ShouldAnswerAsync(200);
        await rig.SendAsync(rig.Done("Print", 30, code));
        WorkflowRig.State(await rig.JobAsync(job)).ShouldBe("conforming");
        byte[] draft = await BytesAsync(rig, $"/api/v1/jobs/{job}/record");
        (await BytesAsync(rig, $"/api/v1/jobs/{job}/record")).ShouldBe(draft);
        await rig.SignAsync($"/api/v1/jobs/{job}/release", "*", comment: "Good.").ShouldAnswerAsync(200);

        byte[] record = await BytesAsync(rig, $"/api/v1/jobs/{job}/record"), pdf = await BytesAsync(rig, $"/api/v1/jobs/{job}/record.pdf");
        await rig.Gateway.AnnounceAsync(TestGateway.Announcement(rig.Device).With("label", "Called otherwise")).ShouldAnswerAsync(200);
        (await BytesAsync(rig, $"/api/v1/jobs/{job}/record")).ShouldBe(record, "what was signed stays");
        (await BytesAsync(rig, $"/api/v1/jobs/{job}/record.pdf")).ShouldBe(pdf);
        pdf.AsSpan(0, 5).SequenceEqual("%PDF-"u8).ShouldBeTrue();

        PublishedKeySet keys = PublishedKeySet.Read(await BytesAsync(rig, "/.well-known/signature-keys.json"));
        BatchRecordVerdict verdict = BatchRecordVerifier.Verify(BatchRecordFile.Read(record), keys);
        verdict.Faults.ShouldBeEmpty();
        verdict.Signatures.Select(signature => signature.Meaning).ShouldBe(["approved", "released"]);
        BatchRecordVerifier.Verify(BatchRecordFile.Read(draft), keys).Faults.ShouldBeEmpty();
        JsonNode proof = await rig.Owner.GetAsync($"/api/v1/jobs/{job}/verification").ShouldAnswerAsync(200);
        ((bool?)proof["sound"], proof["renamed"]!.AsArray().Count).ShouldBe((true, 1), proof.ToJsonString());
        await (await server.StrangerAsync()).GetAsync($"/api/v1/jobs/{job}/record").ShouldBeProblemAsync(404, "not_found");
    }

    private static async Task<byte[]> BytesAsync(WorkflowRig rig, string path)
    {
        using HttpResponseMessage answer = await rig.Owner.GetAsync(path);
        ((int)answer.StatusCode).ShouldBe(200, path);
        return await answer.Content.ReadAsByteArrayAsync();
    }

    [Fact]
    public async Task A_job_whose_blueprint_was_altered_in_the_database_is_not_released()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        (string job, _) = await rig.AddConformingJobAsync();
        await using (await Alteration.MakeAsync(
            server.Database, "UPDATE blueprint_version SET document = replace(document, '600', '6000') WHERE blueprint_id = (SELECT blueprint_id FROM job WHERE id = $1)", Guid.Parse(job)))
        {
            await rig.SignAsync($"/api/v1/jobs/{job}/release", "*").ShouldBeProblemAsync(409, "blueprint_altered");
        }

        await rig.SignAsync($"/api/v1/jobs/{job}/release", "*").ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task Technicians_do_not_sign()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        (string job, _) = await rig.AddConformingJobAsync();
        ApiClient technician = await server.UserAsync(await server.AddUserAsync(rig.Shop.Organization, "technician"));
        await rig.SignAsync($"/api/v1/jobs/{job}/release", "*", by: technician).ShouldBeProblemAsync(403, "not_allowed");
        await technician.PostAsync($"/api/v1/jobs/{job}/dispositions", new JsonObject { ["disposition"] = "accept", ["reason"] = "r" }).ShouldBeProblemAsync(403, "not_allowed");
    }

    [Fact]
    public async Task A_step_that_comes_after_the_signature_shows_as_changed_after_it()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        (string job, string code) = await rig.AddConformingJobAsync();
        await rig.SignAsync($"/api/v1/jobs/{job}/release", "*").ShouldAnswerAsync(200);
        (await rig.JobAsync(job))["job"]!["differs_since"].ShouldBeNull();
        await rig.SendAsync(rig.Done("Polish", 5, code));
        JsonNode changed = await rig.JobAsync(job);
        changed["job"]!["differs_since"].ShouldNotBeNull();
        WorkflowRig.State(changed).ShouldBe("released");
        WorkflowRig.Open(changed).ShouldBe(["extra_step"]);
        JsonNode review = (await rig.Owner.GetAsync("/api/v1/reviews").ShouldAnswerAsync(200))["items"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)review["why"], (string?)review["job"]!["id"]).ShouldBe(("changed_after_signature", job));
        JsonNode verdict = await rig.Owner.GetAsync($"/api/v1/jobs/{job}/verification").ShouldAnswerAsync(200);
        ((bool?)verdict["sound"], verdict["differences"]!.AsArray().Count > 0).ShouldBe((false, true));
    }

    [Fact]
    public async Task Wherever_the_database_is_altered_after_a_signature_it_is_found()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        string lot = await rig.AddLotAsync("Ortho Rigid", WorkflowRig.Day(40));
        string code = $"J-{Guid.NewGuid():N}", job = await rig.AddJobAsync(await rig.ApproveAsync(), code, new JsonObject { ["lots"] = new JsonArray(lot) });
        await rig.SendAsync(rig.Done("Print", 30, code), rig.Done("Cure", 28, code));
        await rig.JobAsync(job);
        await rig.DisposeAsync(job, "accept", "By hand.").ShouldAnswerAsync(200);
        await rig.SignAsync($"/api/v1/jobs/{job}/release", "*").ShouldAnswerAsync(200);
        await rig.JobAsync(job);
        (await DifferencesAsync()).ShouldBeEmpty();

        string[] alterations =
        [
            "UPDATE job SET code = code || 'x' WHERE id = $1",
            "UPDATE job SET parts = parts + 1 WHERE id = $1",
            "UPDATE job SET created_by = gen_random_uuid() WHERE id = $1",
            "UPDATE job SET conformance = replace(conformance, 'missing', 'met') WHERE id = $1",
            "UPDATE job SET decision = 'rejected', state = 'rejected' WHERE id = $1",
            "UPDATE job SET decided_by = gen_random_uuid() WHERE id = $1",
            "WITH gone AS (DELETE FROM job_record WHERE job_id = $1), unsigned AS (UPDATE job SET decision = NULL, decided_at = NULL, decided_by = NULL, decision_reason = NULL, signature_id = NULL, state = 'conforming' WHERE id = $1) DELETE FROM signature WHERE subject_id = $1",
            "INSERT INTO job_device (id, job_id, device_id, from_at, added_at, added_by) SELECT gen_random_uuid(), $1::uuid, id, now(), now(), gen_random_uuid() FROM device LIMIT 1",
            "UPDATE job_deviation SET reason = 'Nothing happened.' WHERE job_id = $1",
            "UPDATE job_deviation SET code = 'extra_step' WHERE job_id = $1",
            "UPDATE job_deviation SET disposed_by = gen_random_uuid() WHERE job_id = $1",
            "DELETE FROM job_deviation WHERE job_id = $1",
            "DELETE FROM job_lot WHERE job_id = $1",
            "UPDATE material_lot SET expires_on = expires_on + 1 WHERE id IN (SELECT lot_id FROM job_lot WHERE job_id = $1)",
            "UPDATE job_step SET joined = 'hand' WHERE job_id = $1",
            "DELETE FROM job_step WHERE job_id = $1",
            "UPDATE step_event SET settings = '{\"exposure_s\":2.6}' WHERE id IN (SELECT step_id FROM job_step WHERE job_id = $1)",
            "UPDATE step_event SET started = started + interval '1 second' WHERE id IN (SELECT step_id FROM job_step WHERE job_id = $1)",
            "UPDATE step_event SET outcome = 1 WHERE id IN (SELECT step_id FROM job_step WHERE job_id = $1)",
            "UPDATE step_event SET content_hash = sha256('x') WHERE id IN (SELECT step_id FROM job_step WHERE job_id = $1)",
            "UPDATE step_series SET max_value = max_value + 1 WHERE step_id IN (SELECT step_id FROM job_step WHERE job_id = $1)",
            "UPDATE step_series SET samples = set_byte(samples, octet_length(samples) - 1, get_byte(samples, octet_length(samples) - 1) # 1) WHERE step_id IN (SELECT step_id FROM job_step WHERE job_id = $1)",
            "UPDATE step_log SET lines = ARRAY['other'] WHERE step_id IN (SELECT step_id FROM job_step WHERE job_id = $1)",
            "DELETE FROM step_log WHERE step_id IN (SELECT step_id FROM job_step WHERE job_id = $1)",
            "DELETE FROM step_event WHERE id IN (SELECT step_id FROM job_step WHERE job_id = $1)",
            "INSERT INTO job_step_choice (job_id, step_id, choice, at, by, reason) VALUES ($1, gen_random_uuid(), 'removed', now(), gen_random_uuid(), 'r')",
            "UPDATE signature SET user_name = 'Somebody Else' WHERE subject_id = $1",
            "UPDATE signature SET signed_at = signed_at - interval '1 day' WHERE subject_id = $1",
            "UPDATE signature SET record_hash = sha256('x') WHERE subject_id = $1",
            "UPDATE job_record SET record = convert_to(replace(convert_from(record, 'UTF8'), 'By hand.', 'By foot.'), 'UTF8') WHERE job_id = $1",
            "UPDATE job_record SET charts = '{}' WHERE job_id = $1",
            "DELETE FROM job_record WHERE job_id = $1",
            "UPDATE blueprint_version SET document = replace(document, '600', '6000') WHERE blueprint_id = (SELECT blueprint_id FROM job WHERE id = $1)",
        ];
        foreach (string alteration in alterations)
        {
            await using IAsyncDisposable undo = await AlteredAsync(alteration, Guid.Parse(job));
            (await DifferencesAsync()).ShouldNotBeEmpty(alteration);
        }

        (await DifferencesAsync()).ShouldBeEmpty("all was undone");

        async Task<string[]> DifferencesAsync()
        {
            JsonNode verdict = await rig.Owner.GetAsync($"/api/v1/jobs/{job}/verification").ShouldAnswerAsync(200);
            return [.. verdict["differences"]!.AsArray().Select(one => (string)one!)];
        }
    }

    /// <summary>What may change without a change of what was signed.</summary>
    private static readonly string[] NotSigned =
    [
        // When and whether a job is looked at, and what was found after the signature; the ETag; and what the signature itself says elsewhere.
        "job.state_since", "job.evaluated_at", "job.is_due", "job.look_at", "job.differs_since", "job.version", "job.signature_id",
        "job_deviation.organization_id", "job_deviation.finding", "job_record.signature_id",
        // Of a lot, what is said about it and who wrote it down: the audit has that.
        "material_lot.organization_id", "material_lot.note", "material_lot.manufacturer", "material_lot.opened_on", "material_lot.created_at", "material_lot.updated_at", "material_lot.created_by", "material_lot.updated_by", "material_lot.version",
        "material_lot.archived_at", "material_lot.archived_by", "material_lot.archive_reason",
        // A version's own dates: its signature has the one that counts.
        "blueprint_version.version", "blueprint_version.created_at", "blueprint_version.created_by", "blueprint_version.updated_at", "blueprint_version.updated_by",
        "blueprint_version.approved_at", "blueprint_version.signature_id", "blueprint_version.retired_at", "blueprint_version.retired_by", "blueprint_version.retire_reason",
        "blueprint_version.organization_id", "blueprint_version.state",
        // Where a step stands in the house: its place in the order of commits, and copies of what its device's series say for charts.
        "step_event.position", "step_event.site_id", "step_series.device_id", "step_series.starts", "step_series.is_long", "step_series.blocks", "step_series.chart",
    ];

    [Fact]
    public async Task Every_column_that_makes_up_a_signed_record_is_watched()
    {
        WorkflowRig rig = await WorkflowRig.CreateAsync(server);
        string lot = await rig.AddLotAsync("Ortho Rigid", WorkflowRig.Day(40)), code = $"J-{Guid.NewGuid():N}";
        string job = await rig.AddJobAsync(await rig.ApproveAsync(), code, new JsonObject { ["lots"] = new JsonArray(lot) });
        JsonObject cure = rig.Done("Cure", 28, null);
        await rig.SendAsync(rig.Done("Print", 30, code), cure);
        await rig.Owner.PostAsync($"/api/v1/jobs/{job}/devices", new JsonObject { ["device"] = rig.Device.ToString() }).ShouldAnswerAsync(200);
        await rig.Owner.PostAsync($"/api/v1/jobs/{job}/steps", new JsonObject { ["step"] = (string?)cure["id"], ["reason"] = "The label was torn." }).ShouldAnswerAsync(200);
        await rig.JobAsync(job);
        await rig.DisposeAsync(job, "accept", "By hand.").ShouldAnswerAsync(200);
        await rig.SignAsync($"/api/v1/jobs/{job}/release", "*").ShouldAnswerAsync(200);
        await rig.JobAsync(job);

        List<string> unseen = [];
        int seen = 0;
        foreach ((string column, string sql) in await Alteration.OfEveryColumnAsync(server.Database, Guid.Parse(job)))
        {
            IAsyncDisposable undo;
            try
            {
                undo = await Alteration.MakeAsync(server.Database, sql, Guid.Parse(job));
            }
            catch (Npgsql.PostgresException e) when (e.SqlState.StartsWith("23", StringComparison.Ordinal))
            {
                // The database itself refuses it.
                continue;
            }

            await using (undo)
            {
                JsonNode verdict = await rig.Owner.GetAsync($"/api/v1/jobs/{job}/verification").ShouldAnswerAsync(200);
                if ((bool)verdict["sound"]!) unseen.Add(column);
                else seen++;
            }
        }

        unseen.ShouldBe(NotSigned.Where(unseen.Contains), ignoreOrder: true);
        seen.ShouldBeGreaterThan(50);
    }

    private Task<long> CountAsync(WorkflowRig rig, string action, string job) => server.Database.ScalarAsync<long>(
        "SELECT count(*) FROM audit_entry WHERE chain_id = $1 AND action = $2 AND subject_id = $3", rig.Shop.Organization.Value, action, job);

    private Task<IAsyncDisposable> AlteredAsync(string sql, Guid job) => Alteration.MakeAsync(server.Database, sql, job);
}

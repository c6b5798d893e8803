using System.Text.Json;
using Shouldly;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>`stepcloud alarm` beside a running server.</summary>
public sealed class AlarmCommandTests
{
    [Fact]
    public async Task Alarms_and_deliveries_are_listed_and_what_was_given_up_is_begun_anew()
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync(("Alarms__SendEvery", "00:01:00"));
        string organization = (await installation.Database.ScalarAsync<Guid>("SELECT id FROM organization")).ToString();
        await installation.EnrollAsync(1);
        Guid delivery = Guid.CreateVersion7();
        await installation.Database.ExecuteAsync(
            """
            WITH d AS (
                INSERT INTO device (id, organization_id, site_id, gateway_id, model_id, source, model, interface, label, created_at, updated_at)
                SELECT gen_random_uuid(), organization_id, site_id, id, '01980000-0000-7000-8001-000000000001', 'x', 'x', 'x', 'x', now(), now() FROM gateway RETURNING *),
            r AS (
                INSERT INTO alarm_rule (id, organization_id, name, severity, device_id, condition, outcome, is_enabled, created_at, updated_at)
                SELECT gen_random_uuid(), organization_id, 'Failed', 'warning', id, 'outcome', 'failed', false, now(), now() FROM d RETURNING *),
            a AS (
                INSERT INTO alarm (
                    id, organization_id, site_id, device_id, rule_id, rule_version, rule_name, severity, condition, raised_at, raised_received, is_late, cleared_at, cleared_received, cleared_by)
                SELECT gen_random_uuid(), d.organization_id, site_id, d.id, r.id, 1, 'Failed', 'warning', '{}', now(), now(), false, now(), now(), 'step' FROM d, r),
            c AS (
                INSERT INTO alarm_channel (id, organization_id, name, kind, url, severity_min, created_at, updated_at)
                SELECT gen_random_uuid(), organization_id, 'Hook', 'webhook', 'https://127.0.0.1/', 'info', now(), now() FROM d RETURNING *)
            INSERT INTO alarm_delivery (id, organization_id, channel_id, event, body, state, attempts, created_at, due_at, next_at, last_error)
            SELECT $1, organization_id, id, 'test', '{}', 'dead', 9, now(), now(), now(), 'Nobody was there.' FROM c
            """,
            delivery);

        JsonElement alarm = (await installation.JsonAsync(0, ["alarm", "list", "--organization", organization])).GetProperty("alarms").EnumerateArray().ShouldHaveSingleItem();
        (alarm.GetProperty("state").GetString(), alarm.GetProperty("rule_name").GetString()).ShouldBe(("cleared", "Failed"));
        (await installation.JsonAsync(0, ["alarm", "list", "--organization", organization, "--state", "raised"])).GetProperty("alarms").GetArrayLength().ShouldBe(0);
        JsonElement dead = (await installation.JsonAsync(0, ["alarm", "delivery", "list", "--organization", organization, "--state", "dead"])).GetProperty("deliveries").EnumerateArray().ShouldHaveSingleItem();
        dead.GetProperty("last_error").GetString().ShouldBe("Nobody was there.");
        string[] retry = ["alarm", "delivery", "retry", delivery.ToString(), "--organization", organization];
        (await installation.JsonAsync(0, retry)).GetProperty("outcome").GetString().ShouldBe("begun");
        JsonElement again = await installation.JsonAsync(0, retry);
        (again.GetProperty("outcome").GetString(), again.GetProperty("delivery").GetProperty("attempts").GetInt32()).ShouldBe(("not_dead", 0));

        (await installation.RefusalAsync(2, ["alarm", "list"])).ShouldContain("--organization");
        await installation.RefusalAsync(1, ["alarm", "delivery", "retry", Guid.NewGuid().ToString(), "--organization", organization]);
    }
}

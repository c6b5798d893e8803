using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Live;

/// <summary>Whoever watches a device or a site sees what is stored of it, once, in its order, and within a second.</summary>
[Collection(ApiTests.Name)]
public sealed class LiveStreamTests(ApiServer server)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly DateTimeOffset Started = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Telemetry_is_seen_within_a_second_and_its_step_takes_its_place()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync(), other = await gateway.AddDeviceAsync();
        ApiClient user = await server.OwnerAsync();
        await using LiveReader ofDevice = await LiveReader.OpenAsync(server, user, $"/api/v1/devices/{device}/live");
        await using LiveReader ofSite = await LiveReader.OpenAsync(server, user, $"/api/v1/sites/{gateway.Shop.Site}/live");
        await ofDevice.NextAsync("state");
        await ofSite.NextAsync("state");

        await gateway.ReportAsync(TelemetryJson.Of(other, "idle")).ShouldAnswerAsync(200);
        JsonObject element = TelemetryJson.Running(device, Guid.CreateVersion7(Started), Started);
        Stopwatch watch = Stopwatch.StartNew();
        await gateway.ReportAsync(element).ShouldAnswerAsync(200);
        LiveMessage samples = await ofDevice.NextAsync("samples");
        watch.Elapsed.ShouldBeLessThan(Second);
        samples.Subject.ShouldBe(TelemetryJson.IdOf(element), "the other device's are not seen here");
        samples.Data["series"]![0]!["values"]!.ToJsonString().ShouldBe("[1.5,-0.25]");
        await ofSite.NextAsync(message => message.Event == "samples" && message.Subject == samples.Subject);

        JsonObject step = TelemetryJson.Finished(element);
        await gateway.SendAsync(step).ShouldAnswerAsync(200);
        LiveMessage finished = await ofDevice.NextAsync("step");
        (finished.Subject, (string?)finished.Data["label"]).ShouldBe((Guid.Parse((string)element["step"]!), "Layer 1 Up"));
        await ofSite.NextAsync(message => message.Event == "step" && message.Subject == finished.Subject);
        finished.Id.ShouldNotBe(samples.Id);
    }

    [Fact]
    public async Task A_resumed_stream_begins_behind_what_was_seen_and_one_without_an_id_begins_now()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        ApiClient user = await server.OwnerAsync();
        string path = $"/api/v1/devices/{device}/live", seen;
        await using (LiveReader first = await LiveReader.OpenAsync(server, user, path))
        {
            await first.NextAsync("state");
            await gateway.ReportAsync(TelemetryJson.Of(device, "idle")).ShouldAnswerAsync(200);
            seen = (await first.NextAsync("samples")).Id!;
        }

        JsonObject second = TelemetryJson.Running(device, Guid.CreateVersion7(Started), Started);
        await gateway.ReportAsync(second).ShouldAnswerAsync(200);
        JsonObject step = TelemetryJson.Finished(second);
        await gateway.SendAsync(step).ShouldAnswerAsync(200);
        JsonObject last = TelemetryJson.Of(device, "idle");

        await using LiveReader resumed = await LiveReader.OpenAsync(server, user, path, seen), anew = await LiveReader.OpenAsync(server, user, path);
        await anew.NextAsync("state");
        await gateway.ReportAsync(last).ShouldAnswerAsync(200);
        (await anew.NextAsync(message => message.Id is not null)).Subject.ShouldBe(TelemetryJson.IdOf(last));
        Guid[] expected = [TelemetryJson.IdOf(second), Guid.Parse((string)step["id"]!), TelemetryJson.IdOf(last)];
        foreach (Guid id in expected) (await resumed.NextAsync(message => message.Id is not null)).Subject.ShouldBe(id);
    }

    [Fact]
    public async Task Who_has_missed_what_is_kept_no_more_is_told_to_begin_anew()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        ApiClient user = await server.OwnerAsync();
        string path = $"/api/v1/devices/{device}/live";
        await gateway.ReportAsync(TelemetryJson.Of(device, "idle")).ShouldAnswerAsync(200);
        await server.Database.ExecuteAsync("UPDATE telemetry_forgotten SET up_to = (SELECT max(position) FROM telemetry)");
        try
        {
            await using LiveReader old = await LiveReader.OpenAsync(server, user, path, "0.0");
            LiveMessage reset = await old.NextAsync("reset");
            await gateway.ReportAsync(TelemetryJson.Of(device, "idle")).ShouldAnswerAsync(200);
            await old.NextAsync("samples");
            await using LiveReader again = await LiveReader.OpenAsync(server, user, path, reset.Id);
            await again.NextAsync("samples");
            again.All.ShouldNotContain(message => message.Event == "reset");
        }
        finally
        {
            await server.Database.ExecuteAsync("UPDATE telemetry_forgotten SET up_to = 0");
        }

        await using LiveReader ahead = await LiveReader.OpenAsync(server, user, path, "999999999.999999999");
        await ahead.NextAsync("reset");
    }

    [Fact]
    public async Task An_id_that_is_none_is_refused()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        ApiClient user = await server.OwnerAsync();
        using HttpClient http = new() { BaseAddress = server.HttpAddress };
        string path = $"/api/v1/devices/{await gateway.AddDeviceAsync()}/live";
        foreach (string id in (string[])["x", "1", "1.x", "-1.5", "1.2.3"])
            await LiveReader.AskAsync(http, user.Token!, path, id).ShouldBeProblemAsync(400, "invalid_request");
    }

    [Fact]
    public async Task The_running_step_is_told_with_its_samples_so_far_and_the_stream_goes_on_behind_them()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        ApiClient user = await server.OwnerAsync();
        Guid step = Guid.CreateVersion7(Started);
        JsonObject first = TelemetryJson.Running(device, step, Started), second = TelemetryJson.Running(device, step, Started), third = TelemetryJson.Running(device, step, Started);
        (first["series"]![0]!["times_us"], second["series"]![0]!["times_us"]) = (new JsonArray(2_000_000, 3_000_000), new JsonArray(500_000, 1_000_000));
        await gateway.ReportAsync(first).ShouldAnswerAsync(200);
        await gateway.ReportAsync(second).ShouldAnswerAsync(200);

        JsonNode running = await user.GetAsync($"/api/v1/devices/{device}/running").ShouldAnswerAsync(200);
        ((string?)running["state"]!["state"], (string?)running["state"]!["step"]!["id"], (bool)running["is_whole"]!).ShouldBe(("running", step.ToString(), true));
        JsonNode series = running["series"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)series["name"], (string?)series["unit"]).ShouldBe(("force", "kg"));
        series["times_us"]!.ToJsonString().ShouldBe("[500000,1000000,2000000,3000000]", "what came late stands in its place");

        await using LiveReader stream = await LiveReader.OpenAsync(server, user, $"/api/v1/devices/{device}/live", (string)running["last_event_id"]!);
        await gateway.ReportAsync(third).ShouldAnswerAsync(200);
        (await stream.NextAsync("samples")).Subject.ShouldBe(TelemetryJson.IdOf(third));
    }

    [Theory]
    [InlineData("UPDATE session SET ended_at = now(), end_reason = 'test' WHERE holder_id = $1")]
    [InlineData("UPDATE app_user SET disabled_at = now() WHERE id = $1")]
    [InlineData("UPDATE app_user SET roles = '{}' WHERE id = $1")]
    [InlineData("UPDATE organization SET archived_at = now(), archived_by = 'test', archive_reason = 'test' WHERE id = (SELECT organization_id FROM app_user WHERE id = $1)")]
    public async Task A_stream_ends_within_a_second_with_the_right_to_watch_and_others_go_on(string sql)
    {
        Shop shop = await server.AddShopAsync("Watched");
        string email = await server.AddUserAsync(shop.Organization, "viewer");
        Guid id = await server.Database.ScalarAsync<Guid>("SELECT id FROM app_user WHERE email = $1", email);
        await using LiveReader stream = await LiveReader.OpenAsync(server, await server.UserAsync(email), $"/api/v1/sites/{shop.Site}/live");
        await using LiveReader other = await LiveReader.OpenAsync(server, await server.OwnerAsync(), $"/api/v1/sites/{server.Own.Site}/live");
        Stopwatch watch = Stopwatch.StartNew();
        await server.Database.ExecuteAsync(sql, id);
        await stream.Ended.WaitAsync(TimeSpan.FromSeconds(30));
        watch.Elapsed.ShouldBeLessThan(Second);
        other.Ended.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_user_opens_so_many_streams_and_no_more()
    {
        Shop shop = await server.AddShopAsync("Many");
        ApiClient user = await server.UserAsync(shop.OwnerEmail);
        string path = $"/api/v1/sites/{shop.Site}/live";
        using HttpClient http = new() { BaseAddress = server.HttpAddress };
        List<LiveReader> open = [];
        for (int i = 0; i < 30; i++) open.Add(await LiveReader.OpenAsync(server, user, path));
        await LiveReader.AskAsync(http, user.Token!, path).ShouldBeProblemAsync(429, "too_many_watchers");
        foreach (LiveReader reader in open) await reader.DisposeAsync();
        await Support.Eventually.HoldsAsync(
            async () =>
            {
                using HttpResponseMessage answer = await LiveReader.AskAsync(http, user.Token!, path);
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "there is room again");
    }
}

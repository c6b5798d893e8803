using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Recordings;
using Xunit;

namespace StepCloud.Tests.Api.SignInCodes;

/// <summary>Codes for a shared tablet: made, shown once, entered, taken back.</summary>
[Collection(TabletTests.Name)]
public sealed class SignInCodeTests(TabletServer tablets)
{
    private readonly ApiServer _server = tablets.Server;

    [Fact]
    public async Task A_tablet_that_enters_a_code_brings_recordings_of_the_case_in_one_request_and_by_tus()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        JsonNode made = await rig.TryMakeCodeAsync().ShouldAnswerAsync(201);
        string code = (string)made["code"]!;
        code.ShouldMatch("^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$");
        ((DateTimeOffset)made["expires_at"]! - TimeProvider.System.GetUtcNow()).ShouldBe(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(1));

        JsonObject granted = (await rig.TryRedeemAsync(code.ToLowerInvariant().Replace("-", "").Replace('0', 'o').Replace('1', 'l'), deviceName: " By the window ").ShouldAnswerAsync(200)).AsObject();
        granted.Select(member => member.Key).ShouldBe(["access_token", "token_type", "expires_in", "session", "case"]);
        ((string?)granted["token_type"], (int?)granted["expires_in"], (string?)granted["case"]).ShouldBe(("Bearer", 900, rig.Case));
        ApiClient tablet = _server.With((string)granted["access_token"]!);

        var picture = await SampleRecordings.AddAsync(tablet, rig.OfCase, SampleRecordings.Png);
        TusClient tus = new(tablet);
        byte[] film = SampleRecordings.Film(200_000);
        string upload = await tus.CreateAsync(film.Length, $"filetype {TusClient.Base64("video/mp4")},case {TusClient.Base64(rig.Case)}");
        TusClient.Offset(await tus.PatchAsync(upload, 0, film[..90_000])).ShouldBe(90_000);
        (await tus.OffsetAsync(upload)).ShouldBe(90_000);
        TusClient.Offset(await tus.PatchAsync(upload, 90_000, film[90_000..])).ShouldBe(film.Length);

        foreach (string id in (string[])[picture.ToString(), TusClient.IdOf(upload)])
        {
            ((int)(await rig.User.GetAsync($"{SampleRecordings.Path}/{id}/content")).StatusCode).ShouldBe(200);
            (await rig.CountEntriesAsync("recording.stored", $"subject_id = '{id}' AND new_values->>'session' = '{granted["session"]}' AND new_values->>'device_id' = 'tablet-3'")).ShouldBe(1);
        }

        JsonNode session = await rig.TabletSessionAsync();
        ((string?)session["id"], (string?)session["device_id"], (string?)session["device_name"], (string?)session["case"])
            .ShouldBe(((string?)granted["session"], "tablet-3", "By the window", rig.Case));
        ((DateTimeOffset)session["ends_at"]! - (DateTimeOffset)session["created_at"]!).ShouldBe(TimeSpan.FromMinutes(15));
        (await rig.CountEntriesAsync("sign_in_code.created")).ShouldBe(1);
        (await rig.CountEntriesAsync("sign_in_code.redeemed", "new_values->>'device_id' = 'tablet-3'")).ShouldBe(1);
        (await rig.CountEntriesAsync("session.started", $"subject_id = '{granted["session"]}' AND new_values->>'by' = 'sign_in_code'")).ShouldBe(1);

        await tablet.PostAsync("/api/v1/sign-out", "").ShouldAnswerAsync(204);
        await SampleRecordings.SendAsync(tablet, rig.OfCase, SampleRecordings.Png).ShouldBeProblemAsync(401, "invalid_token");
        await rig.User.GetAsync("/api/v1/me").ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task A_code_works_once()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        string code = await rig.MakeCodeAsync();
        ApiClient tablet = await rig.RedeemAsync(code);
        await rig.TryRedeemAsync(code, "tablet-4").ShouldBeProblemAsync(401, "invalid_sign_in_code");
        await SampleRecordings.SendAsync(tablet, rig.OfCase, SampleRecordings.Png).ShouldAnswerAsync(201);
    }

    [Fact]
    public async Task A_new_code_for_a_case_takes_the_place_of_the_old_one_and_there_are_five_at_a_time()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        string old = await rig.MakeCodeAsync();
        for (int i = 0; i < 4; i++) await rig.TryMakeCodeAsync(of: await TabletRig.NewCaseAsync(_server)).ShouldAnswerAsync(201);
        string @new = await rig.MakeCodeAsync();
        await rig.TryMakeCodeAsync(of: await TabletRig.NewCaseAsync(_server)).ShouldBeProblemAsync(409, "too_many_sign_in_codes");
        (await rig.User.GetAsync(TabletRig.CodesPath).ShouldAnswerAsync(200))["items"]!.AsArray().Count.ShouldBe(5);
        await rig.TryRedeemAsync(old).ShouldBeProblemAsync(401, "invalid_sign_in_code");
        (await rig.CountEntriesAsync("sign_in_code.withdrawn", "new_values->>'reason' = 'replaced'")).ShouldBe(1);
        await rig.RedeemAsync(@new);
    }

    [Fact]
    public async Task A_code_that_its_user_withdraws_is_none_any_more()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server), other = await TabletRig.CreateAsync(_server);
        string code = await rig.MakeCodeAsync();
        JsonNode listed = (await rig.User.GetAsync(TabletRig.CodesPath).ShouldAnswerAsync(200))["items"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)listed["case"], (int?)listed["tries_left"], listed.AsObject().ContainsKey("code")).ShouldBe((rig.Case, 5, false));
        string address = $"{TabletRig.CodesPath}/{listed["id"]}";
        await other.User.SendAsync(HttpMethod.Delete, address).ShouldBeProblemAsync(404, "not_found");
        await rig.User.SendAsync(HttpMethod.Delete, address).ShouldAnswerAsync(204);
        await rig.User.SendAsync(HttpMethod.Delete, address).ShouldBeProblemAsync(404, "not_found");
        await rig.TryRedeemAsync(code).ShouldBeProblemAsync(401, "invalid_sign_in_code");
        (await rig.CountEntriesAsync("sign_in_code.withdrawn", "new_values->>'reason' = 'by_user'")).ShouldBe(1);
    }

    [Fact]
    public async Task There_is_no_code_for_a_case_that_is_erased_or_another_organization_s()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        await rig.TryMakeCodeAsync(of: $"/api/v1/cases/{Guid.CreateVersion7()}").ShouldBeProblemAsync(404, "not_found");
        await rig.TryMakeCodeAsync(await _server.StrangerAsync()).ShouldBeProblemAsync(404, "not_found");
        await (await _server.OwnerAsync()).PostAsync(rig.CaseAddress + "/erase", new JsonObject { ["reason"] = "mistake" }).ShouldAnswerAsync(200);
        await rig.TryMakeCodeAsync().ShouldBeProblemAsync(409, "case_erased");
    }

    [Theory]
    [InlineData("", "tablet-3", null, "/code")]
    [InlineData("7KQM-W2X", "tablet-3", null, "/code")]
    [InlineData("7KQM-W2XDE", "tablet-3", null, "/code")]
    [InlineData("7KQM-W2XU", "tablet-3", null, "/code")]
    [InlineData("7KQM-W2Xé", "tablet-3", null, "/code")]
    [InlineData("7KQM\nW2XD", "tablet-3", null, "/code")]
    [InlineData("7KQM-W2XD", "", null, "/device_id")]
    [InlineData("7KQM-W2XD", "tablet 3", null, "/device_id")]
    [InlineData("7KQM-W2XD", "tablet-3\n", null, "/device_id")]
    [InlineData("7KQM-W2XD", "-tablet", null, "/device_id")]
    [InlineData("7KQM-W2XD", "../../etc", null, "/device_id")]
    [InlineData("7KQM-W2XD", "тablet", null, "/device_id")]
    [InlineData("7KQM-W2XD", "12345678901234567890123456789012345678901234567890123456789012345", null, "/device_id")]
    [InlineData("7KQM-W2XD", "tablet-3", "", "/device_name")]
    [InlineData("7KQM-W2XD", "tablet-3", "By\tthe window", "/device_name")]
    public async Task What_is_no_code_or_no_device_is_told_where_it_is_wrong(string code, string deviceId, string? deviceName, string pointer)
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        await rig.TryRedeemAsync(code, deviceId, deviceName).ShouldPointToAsync(pointer);
        (await _server.Database.ScalarAsync<long>("SELECT count(*) FROM sign_in_code_miss")).ShouldBe(0);
    }

    [Fact]
    public async Task The_longest_device_id_is_taken_and_a_body_that_lacks_it_is_not()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        await rig.TryRedeemAsync(await rig.MakeCodeAsync(), new string('a', 64), null).ShouldAnswerAsync(200);
        await _server.Anonymous.PostAsync(TabletRig.RedeemPath, """{"code":"7KQM-W2XD"}""").ShouldBeProblemAsync(400, "invalid_request");
        await _server.Anonymous.PostAsync(TabletRig.RedeemPath, """{"code":"7KQM-W2XD","device_id":"tablet-3","role":"owner"}""").ShouldBeProblemAsync(400, "invalid_request");
    }
}

using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Access;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Members;
using StepCloud.Tests.Api.Recordings;
using Xunit;

namespace StepCloud.Tests.Api.SignInCodes;

/// <summary>Whatever ends what somebody may ends what his tablets may, and his codes with it, from the next request on.</summary>
[Collection(TabletTests.Name)]
public sealed class UploadRevocationTests(TabletServer tablets)
{
    private const string NewPassword = "gumbo trellis oxbow quern";

    private static readonly Dictionary<string, Func<ApiServer, TabletRig, Task>> Endings = new()
    {
        ["the user is disabled"] = async (server, rig) => await (await server.OwnerAsync()).PostAsync($"/api/v1/members/{await IdAsync(server, rig)}/disable", "").ShouldAnswerAsync(200),
        ["the user ends all other sessions"] = async (server, rig) =>
        {
            await rig.User.SendAsync(HttpMethod.Delete, "/api/v1/me/sessions").ShouldAnswerAsync(200);
        },
        ["the user has another password by another session"] = async (server, rig) => await server.With((await server.Anonymous.SignInAsync(rig.Email)).AccessToken)
            .PostAsync("/api/v1/me/password", new JsonObject { ["old_password"] = Seeds.Password, ["new_password"] = NewPassword }).ShouldAnswerAsync(204),
        ["the case is erased"] = async (server, rig) =>
            await (await server.OwnerAsync()).PostAsync(rig.CaseAddress + "/erase", new JsonObject { ["reason"] = "requested" }).ShouldAnswerAsync(200),
        ["somebody else disables the user in the database"] = (server, rig) => server.ExecuteElsewhereAsync("UPDATE app_user SET disabled_at = now() WHERE email = $1", rig.Email),
        ["somebody else erases the case in the database"] = (server, rig) => server.ExecuteElsewhereAsync(
            """
            UPDATE case_file SET reference_sealed = NULL, name_sealed = NULL, birth_date_sealed = NULL, reference_hash = NULL, person_hash = NULL, erased_at = now(), erased_by = 'system',
                erase_reason = 'requested' WHERE id = $1
            """,
            Guid.Parse(rig.Case)),
    };

    private readonly ApiServer _server = tablets.Server;

    public static TheoryData<string> Ends => new(Endings.Keys);

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_tablet_is_out_and_a_code_is_none_any_more_when(string end)
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        ApiClient tablet = await rig.RedeemAsync();
        string upload = await new TusClient(tablet).CreateAsync(1000, Metadata(rig));
        string code = await rig.MakeCodeAsync();
        await Endings[end](_server, rig);
        await SampleRecordings.SendAsync(tablet, rig.OfCase, SampleRecordings.Png).ShouldBeProblemAsync(401, "invalid_token");
        await new TusClient(tablet).PatchAsync(upload, 0, SampleRecordings.Film(1000)).ShouldBeProblemAsync(401, "invalid_token");
        await rig.TryRedeemAsync(code).ShouldBeProblemAsync(401, "invalid_sign_in_code");
    }

    [Fact]
    public async Task Each_end_of_a_tablet_s_session_is_in_the_audit_with_its_reason()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        await rig.RedeemAsync();
        string session = (string)(await rig.TabletSessionAsync())["id"]!;
        await rig.MakeCodeAsync();
        await (await _server.OwnerAsync()).PostAsync(rig.CaseAddress + "/erase", new JsonObject { ["reason"] = "requested" }).ShouldAnswerAsync(200);
        (await CountEndsAsync(session, "case_erased")).ShouldBe(1);
        (await rig.CountEntriesAsync("sign_in_code.withdrawn", "new_values->>'reason' = 'case_erased'")).ShouldBe(1);
    }

    [Fact]
    public async Task Its_user_ends_a_tablet_s_session_and_goes_on_with_his_own()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        ApiClient tablet = await rig.RedeemAsync();
        string session = (string)(await rig.TabletSessionAsync())["id"]!;
        await rig.User.SendAsync(HttpMethod.Delete, $"/api/v1/me/sessions/{session}").ShouldAnswerAsync(204);
        await SampleRecordings.SendAsync(tablet, rig.OfCase, SampleRecordings.Png).ShouldBeProblemAsync(401, "invalid_token");
        await rig.User.GetAsync("/api/v1/me").ShouldAnswerAsync(200);
        (await CountEndsAsync(session, "ended_by_user")).ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_signs_out_takes_his_codes_with_him_and_leaves_the_tablet_that_is_in()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        ApiClient tablet = await rig.RedeemAsync();
        string code = await rig.MakeCodeAsync();
        await rig.User.PostAsync("/api/v1/sign-out", "").ShouldAnswerAsync(204);
        await rig.TryRedeemAsync(code).ShouldBeProblemAsync(401, "invalid_sign_in_code");
        await SampleRecordings.SendAsync(tablet, rig.OfCase, SampleRecordings.Png).ShouldAnswerAsync(201);
        // That somebody had all of a code is not lost.
        (await rig.CountEntriesAsync("sign_in_code.withdrawn", "new_values->>'reason' = 'right_gone'")).ShouldBe(1);
    }

    [Fact]
    public async Task Who_may_bring_recordings_no_longer_brings_none_with_a_tablet()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        ApiClient tablet = await rig.RedeemAsync();
        string code = await rig.MakeCodeAsync();
        await (await _server.OwnerAsync()).PatchAsync($"/api/v1/members/{await IdAsync(_server, rig)}", new JsonObject { ["role"] = "viewer" }).ShouldAnswerAsync(200);
        await SampleRecordings.SendAsync(tablet, rig.OfCase, SampleRecordings.Png).ShouldBeProblemAsync(403, "not_allowed");
        await rig.TryRedeemAsync(code).ShouldBeProblemAsync(401, "invalid_sign_in_code");
    }

    [Fact]
    public async Task Without_a_consent_a_tablet_brings_nothing_and_with_another_one_it_does()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        ApiClient tablet = await rig.RedeemAsync(), owner = await _server.OwnerAsync();
        string upload = await new TusClient(tablet).CreateAsync(1000, Metadata(rig));
        JsonNode consents = await owner.GetAsync(rig.CaseAddress + "/consents").ShouldAnswerAsync(200);
        await owner.PostAsync($"{rig.CaseAddress}/consents/{consents["items"]![0]!["id"]}/withdraw", new JsonObject { ["form"] = "in_person" }).ShouldAnswerAsync(200);
        await SampleRecordings.SendAsync(tablet, rig.OfCase, SampleRecordings.Png).ShouldBeProblemAsync(403, "consent_missing");
        await new TusClient(tablet).PatchAsync(upload, 0, SampleRecordings.Film(1000)).ShouldBeProblemAsync(403, "consent_missing");
        await owner.PostAsync(rig.CaseAddress + "/consents", CaseRequests.Consent()).ShouldAnswerAsync(201);
        await SampleRecordings.SendAsync(tablet, rig.OfCase, SampleRecordings.Png).ShouldAnswerAsync(201);
    }

    [Fact]
    public async Task A_disabled_access_key_ends_the_tablets_that_were_begun_through_it()
    {
        MemberRig members = await MemberRig.CreateAsync(_server);
        string kim = await members.AddMemberAsync();
        ApiClient atWorkstation = await members.ExchangeAsync(await members.MakeKeyAsync(kim));
        string address = $"/api/v1/cases/{(await members.Owner.PostAsync("/api/v1/cases", CaseRequests.Body()).ShouldAnswerAsync(201))["id"]}";
        await members.Owner.PostAsync(address + "/consents", CaseRequests.Consent()).ShouldAnswerAsync(201);
        async Task<string> CodeAsync() => (string)(await atWorkstation.PostAsync(address + "/sign-in-codes", "").ShouldAnswerAsync(201))["code"]!;
        TabletRig rig = await TabletRig.CreateAsync(_server);
        ApiClient tablet = await rig.RedeemAsync(await CodeAsync());
        string code = await CodeAsync(), of = $"case={address.Split('/')[^1]}";
        await SampleRecordings.SendAsync(tablet, of, SampleRecordings.Png).ShouldAnswerAsync(201);

        string key = (string)(await members.Owner.GetAsync("/api/v1/access-keys").ShouldAnswerAsync(200))["items"]![0]!["id"]!;
        await members.Owner.PostAsync($"/api/v1/access-keys/{key}/disable", "").ShouldAnswerAsync(204);
        await SampleRecordings.SendAsync(tablet, of, SampleRecordings.Png).ShouldBeProblemAsync(401, "invalid_token");
        await rig.TryRedeemAsync(code).ShouldBeProblemAsync(401, "invalid_sign_in_code");
    }

    [Fact]
    public async Task An_upload_that_is_under_way_is_cut_off_and_nothing_of_it_remains()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        ApiClient tablet = await rig.RedeemAsync();
        string session = (string)(await rig.TabletSessionAsync())["id"]!;
        var before = await tablets.Recordings.RemainsAsync();
        byte[] film = SampleRecordings.Film(4_000_000);
        using TcpClient connection = await tablets.Recordings.BeginAsync(
            tablet, "POST", $"{SampleRecordings.Path}?{rig.OfCase}", film.Length, film[..1_000_000], "Content-Type: video/mp4");
        await Task.Delay(TimeSpan.FromMilliseconds(600));
        await rig.User.SendAsync(HttpMethod.Delete, $"/api/v1/me/sessions/{session}").ShouldAnswerAsync(204);
        await connection.GetStream().WriteAsync(film.AsMemory(1_000_000, 1_000_000));
        byte[] answer = new byte[64];
        int read = await connection.GetStream().ReadAsync(answer).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        Encoding.ASCII.GetString(answer, 0, read).ShouldStartWith("HTTP/1.1 401");
        await tablets.Recordings.ShouldRemainAsync(before);
    }

    [Fact]
    public async Task An_upload_whose_last_bytes_come_after_the_end_of_its_session_is_not_stored()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        ApiClient tablet = await rig.RedeemAsync();
        string session = (string)(await rig.TabletSessionAsync())["id"]!;
        var before = await tablets.Recordings.RemainsAsync();
        byte[] film = SampleRecordings.Film(200_000);
        using TcpClient connection = await tablets.Recordings.BeginAsync(
            tablet, "POST", $"{SampleRecordings.Path}?{rig.OfCase}", film.Length, film[..^100], "Content-Type: video/mp4");
        await Task.Delay(TimeSpan.FromMilliseconds(600));
        // The right is asked for again now, and for half a second not again.
        await connection.GetStream().WriteAsync(film.AsMemory(film.Length - 100, 50));
        await rig.User.SendAsync(HttpMethod.Delete, $"/api/v1/me/sessions/{session}").ShouldAnswerAsync(204);
        await connection.GetStream().WriteAsync(film.AsMemory(film.Length - 50));
        byte[] answer = new byte[64];
        int read = await connection.GetStream().ReadAsync(answer).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        Encoding.ASCII.GetString(answer, 0, read).ShouldStartWith("HTTP/1.1 401");
        await tablets.Recordings.ShouldRemainAsync(before);
    }

    [Fact]
    public async Task A_tablet_that_comes_in_while_all_sessions_are_ended_is_not_in_afterwards()
    {
        for (int round = 0; round < 5; round++)
        {
            TabletRig rig = await TabletRig.CreateAsync(_server);
            string code = await rig.MakeCodeAsync();
            Task<HttpResponseMessage> ending = rig.User.SendAsync(HttpMethod.Delete, "/api/v1/me/sessions"), redeeming = rig.TryRedeemAsync(code);
            await ending.ShouldAnswerAsync(200);
            using HttpResponseMessage redeemed = await redeeming;
            if (!redeemed.IsSuccessStatusCode) continue;
            string token = (string)JsonNode.Parse(await redeemed.Content.ReadAsStringAsync())!["access_token"]!;
            await SampleRecordings.SendAsync(_server.With(token), rig.OfCase, SampleRecordings.Png).ShouldBeProblemAsync(401, "invalid_token");
        }
    }

    private static string Metadata(TabletRig rig) => $"filetype {TusClient.Base64("video/mp4")},case {TusClient.Base64(rig.Case)}";

    private static async Task<Guid> IdAsync(ApiServer server, TabletRig rig) => await server.Database.ScalarAsync<Guid>("SELECT id FROM app_user WHERE email = $1", rig.Email);

    private Task<long> CountEndsAsync(string session, string reason) => _server.Database.ScalarAsync<long>(
        $"SELECT count(*) FROM audit_entry WHERE action = 'session.ended' AND subject_id = '{session}' AND new_values->>'reason' = '{reason}'");
}

using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.Access;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Recordings;
using Xunit;

namespace StepCloud.Tests.Api.SignInCodes;

/// <summary>The session of a shared tablet opens what it is for, and nothing else.</summary>
[Collection(TabletTests.Name)]
public sealed class UploadSessionTests(TabletServer tablets)
{
    /// <summary>All that takes it. It is refused by every other without having been thought of there.</summary>
    private static readonly string[] Taken =
    [
        "POST /api/v1/sign-out", "POST /api/v1/recordings", "OPTIONS /api/tus/v1/recordings", "POST /api/tus/v1/recordings", "HEAD /api/tus/v1/recordings/{id}",
        "PATCH /api/tus/v1/recordings/{id}", "DELETE /api/tus/v1/recordings/{id}",
    ];

    private readonly ApiServer _server = tablets.Server;

    [Fact]
    public async Task Every_endpoint_that_needs_a_token_refuses_it_but_those_that_it_is_for()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server, "owner");
        ApiClient tablet = await rig.RedeemAsync();
        string[] closed = [.. AccessTable.Rows.Where(row => row.Value.StartsWith("401", StringComparison.Ordinal)).Select(row => row.Key).Except(Taken)];
        closed.Length.ShouldBeGreaterThan(150);
        long entries = await CountEntriesAsync();
        foreach (string endpoint in closed)
        {
            string[] parts = endpoint.Split(' ');
            // With an id that there is, where one of a case is asked for.
            string id = parts[1].Contains("/cases/", StringComparison.Ordinal) ? rig.Case : Guid.CreateVersion7().ToString();
            Task<HttpResponseMessage> asking = tablet.SendAsync(new HttpMethod(parts[0]), new Route(parts[0], parts[1], null).With(id), key: parts[0] == "POST" ? Guid.NewGuid().ToString() : null);
            if (parts[0] == "HEAD") ((int)(await asking).StatusCode).ShouldBe(403, endpoint);
            else await ShouldRefuseAsync(asking, endpoint);
        }

        (await CountEntriesAsync()).ShouldBe(entries);
        await SampleRecordings.SendAsync(tablet, rig.OfCase, SampleRecordings.Png).ShouldAnswerAsync(201);
    }

    [Fact]
    public async Task Its_token_opens_no_MQTT_connection()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        (await ConnectAsync(rig.User.Token!)).ShouldBeNull("its user's own does");
        (await ConnectAsync((await rig.RedeemAsync()).Token!)).ShouldBe(ReasonCode.BadUserNameOrPassword);
    }

    [Fact]
    public async Task It_brings_nothing_of_another_case_or_of_a_job_a_step_or_a_device()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        ApiClient tablet = await rig.RedeemAsync();
        JsonObject step = await tablets.Recordings.Gateway.AddStepAsync(tablets.Recordings.Device);
        string otherCase = (await TabletRig.NewCaseAsync(_server)).Split('/')[^1];
        var before = await tablets.Recordings.RemainsAsync();
        foreach ((string kind, string id) in ((string, string)[])
            [("case", otherCase), ("case", $"{Guid.CreateVersion7()}"), ("job", $"{Guid.CreateVersion7()}"), ("job", rig.Case), ("step", $"{step["id"]}"), ("device", $"{tablets.Recordings.Device}")])
        {
            await SampleRecordings.SendAsync(tablet, $"{kind}={id}", SampleRecordings.Png).ShouldBeProblemAsync(403, "upload_session_only");
            await new TusClient(tablet).SendAsync(
                    "POST", "/api/tus/v1/recordings", null, ("Upload-Length", "100"), ("Upload-Metadata", $"filetype {TusClient.Base64("video/mp4")},{kind} {TusClient.Base64(id)}"))
                .ShouldBeProblemAsync(403, "upload_session_only");
        }

        await SampleRecordings.SendAsync(tablet, $"{rig.OfCase}&device={tablets.Recordings.Device}", SampleRecordings.Png).ShouldPointToAsync("step");
        await tablets.Recordings.ShouldRemainAsync(before);
    }

    [Fact]
    public async Task An_upload_is_gone_on_with_by_the_session_that_began_it_and_by_no_other_of_its_user()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        ApiClient tablet = await rig.RedeemAsync(), other = await rig.RedeemAsync(deviceId: "tablet-4");
        byte[] film = SampleRecordings.Film(1000);
        string metadata = $"filetype {TusClient.Base64("video/mp4")},case {TusClient.Base64(rig.Case)}";
        string upload = await new TusClient(tablet).CreateAsync(film.Length, metadata), own = await new TusClient(rig.User).CreateAsync(film.Length, metadata);
        foreach ((ApiClient client, string address) in ((ApiClient, string)[])[(other, upload), (rig.User, upload), (tablet, own)])
        {
            TusClient tus = new(client);
            ((int)(await tus.SendAsync("HEAD", address, null)).StatusCode).ShouldBe(404);
            await tus.PatchAsync(address, 0, film).ShouldBeProblemAsync(404, "not_found");
            await tus.SendAsync("DELETE", address, null).ShouldBeProblemAsync(404, "not_found");
        }

        TusClient.Offset(await new TusClient(tablet).PatchAsync(upload, 0, film)).ShouldBe(film.Length);
        TusClient.Offset(await new TusClient(rig.User).PatchAsync(own, 0, film)).ShouldBe(film.Length);
        (await rig.CountEntriesAsync("recording.stored", $"subject_id = '{TusClient.IdOf(own)}' AND new_values->'session' IS NULL")).ShouldBe(1);
        await new TusClient(tablet).SendAsync("DELETE", await new TusClient(tablet).CreateAsync(10, metadata), null).ShouldAnswerAsync(204);
    }

    [Fact]
    public async Task A_token_of_another_case_or_without_its_bounds_is_refused_though_it_is_signed()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        string token = (await rig.RedeemAsync()).Token!;
        string otherCase = (await TabletRig.NewCaseAsync(_server)).Split('/')[^1];
        foreach (Action<JsonObject> change in (Action<JsonObject>[])
        [
            claims => claims["case"] = otherCase,
            claims => claims["aud"] = "stepcloud:user",
            claims => claims.Remove("scope"),
            claims => claims.Remove("case"),
            claims => claims.Remove("org"),
            claims => claims["scope"] = "recordings:upload everything",
            claims =>
            {
                claims["aud"] = "stepcloud:user";
                claims.Remove("scope");
                claims.Remove("case");
            },
        ])
        {
            ApiClient forged = _server.With(Forgery.Of(_server, token, change));
            await forged.GetAsync("/api/v1/me").ShouldBeProblemAsync(401, "invalid_token");
            await SampleRecordings.SendAsync(forged, $"case={otherCase}", SampleRecordings.Png).ShouldBeProblemAsync(401, "invalid_token");
        }

        await SampleRecordings.SendAsync(_server.With(Forgery.Of(_server, token, _ => { })), rig.OfCase, SampleRecordings.Png).ShouldAnswerAsync(201);
    }

    private static async Task ShouldRefuseAsync(Task<HttpResponseMessage> asking, string endpoint)
    {
        try
        {
            await asking.ShouldBeProblemAsync(403, "upload_session_only");
        }
        catch (ShouldAssertException e)
        {
            throw new ShouldAssertException($"{endpoint}: {e.Message}", e);
        }
    }

    private async Task<ReasonCode?> ConnectAsync(string token)
    {
        try
        {
            await using MqttClient client = await MqttClient.ConnectAsync(
                new MqttClientOptions { Transport = MqttTransport.Tcp("127.0.0.1", _server.MqttPort) },
                new ConnectPacket { CleanStart = true, UserName = "user", Password = Encoding.UTF8.GetBytes(token) });
            return null;
        }
        catch (MqttConnectRefusedException e)
        {
            return e.ConnAck.ReasonCode;
        }
    }

    private Task<long> CountEntriesAsync() => _server.Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE doer_kind <> 'system'");
}

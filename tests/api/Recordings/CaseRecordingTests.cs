using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Access;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Recordings;

/// <summary>What is of a case is taken and shown only while a consent holds, and goes with the case.</summary>
public sealed class CaseRecordingTests(RecordingServer recordings) : IClassFixture<RecordingServer>
{
    private readonly ApiServer _server = recordings.Server;

    [Fact]
    public async Task Without_a_consent_nothing_is_taken_and_a_withdrawn_one_makes_all_unreadable_at_once()
    {
        ApiClient owner = await _server.OwnerAsync();
        string address = await CaseRequests.NewAsync(_server), of = $"case={address.Split('/')[^1]}";
        var before = await recordings.RemainsAsync();
        await SampleRecordings.SendAsync(owner, of, SampleRecordings.Png).ShouldBeProblemAsync(403, "consent_missing");
        (await recordings.RemainsAsync()).ShouldBe(before);

        JsonNode consent = await owner.PostAsync(address + "/consents", CaseRequests.Consent()).ShouldAnswerAsync(201);
        RecordingId id = await SampleRecordings.AddAsync(owner, of + "&name=Anna.png", SampleRecordings.Png);
        string content = $"{SampleRecordings.Path}/{id}/content";
        ((int)(await owner.GetAsync(content)).StatusCode).ShouldBe(200);
        await (await _server.UserAsync(await _server.AddUserAsync("viewer"))).GetAsync(content).ShouldBeProblemAsync(403, "not_allowed");
        JsonNode ofViewer = await (await _server.UserAsync(await _server.AddUserAsync("viewer"))).GetAsync($"{SampleRecordings.Path}?{of}").ShouldAnswerAsync(200);
        ofViewer["items"]!.AsArray().ShouldBeEmpty();

        await owner.PostAsync($"{address}/consents/{consent["id"]}/withdraw", new JsonObject { ["form"] = "email" }).ShouldAnswerAsync(200);
        await owner.GetAsync(content).ShouldBeProblemAsync(403, "consent_missing");
        JsonNode told = await owner.GetAsync($"{SampleRecordings.Path}/{id}").ShouldAnswerAsync(200);
        ((bool?)told["has_consent"], (string?)told["name"]).ShouldBe((false, null));
        // Given anew, it is readable again: nothing was destroyed.
        await owner.PostAsync(address + "/consents", CaseRequests.Consent()).ShouldAnswerAsync(201);
        ((int)(await owner.GetAsync(content)).StatusCode).ShouldBe(200);
    }

    [Fact]
    public async Task An_upload_does_not_go_on_without_consent()
    {
        ApiClient owner = await _server.OwnerAsync();
        string address = await CaseRequests.NewAsync(_server);
        JsonNode consent = await owner.PostAsync(address + "/consents", CaseRequests.Consent()).ShouldAnswerAsync(201);
        TusClient tus = new(owner);
        byte[] film = SampleRecordings.Film(200_000);
        string upload = await tus.CreateAsync(film.Length, $"filetype {TusClient.Base64("video/mp4")},case {TusClient.Base64(address.Split('/')[^1])}");
        TusClient.Offset(await tus.PatchAsync(upload, 0, film[..100_000])).ShouldBe(100_000);
        await owner.PostAsync($"{address}/consents/{consent["id"]}/withdraw", new JsonObject { ["form"] = "email" }).ShouldAnswerAsync(200);
        await tus.PatchAsync(upload, 100_000, film[100_000..]).ShouldBeProblemAsync(403, "consent_missing");
    }

    [Fact]
    public async Task The_keys_of_its_recordings_go_with_the_case()
    {
        ApiClient owner = await _server.OwnerAsync();
        string address = await CaseRequests.NewAsync(_server);
        await owner.PostAsync(address + "/consents", CaseRequests.Consent()).ShouldAnswerAsync(201);
        RecordingId id = await SampleRecordings.AddAsync(owner, $"case={address.Split('/')[^1]}", SampleRecordings.Png);
        await owner.PostAsync(address + "/erase", new JsonObject { ["reason"] = "requested" }).ShouldAnswerAsync(200);
        (await _server.Database.ScalarAsync<long>("SELECT count(*) FROM wrapped_key WHERE id = $1", id.Value)).ShouldBe(0);
        await owner.GetAsync($"{SampleRecordings.Path}/{id}/content").ShouldBeProblemAsync(403, "consent_missing");
    }
}

using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Pairing;

/// <summary>The Device Authorization Grant (RFC 8628), from the code to the tokens.</summary>
[Collection(ApiTests.Name)]
public sealed class DeviceGrantTests(ApiServer server) : IDisposable
{
    private readonly PairingPeer _peer = new(server);

    public void Dispose() => _peer.Dispose();

    [Fact]
    public async Task A_gateway_is_paired_by_the_code_that_a_user_confirms()
    {
        GatewayId id = GatewayId.New(TimeProvider.System);
        JsonNode started = await _peer.PostFormAsync(PairingPeer.StartPath, PairingPeer.StartForm(id)).ShouldAnswerAsync(200);
        Codes codes = new((string)started["device_code"]!, (string)started["user_code"]!);
        codes.UserCode.ShouldMatch("^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$");
        codes.DeviceCode.Length.ShouldBe(43);
        ((int)started["expires_in"]!, (int)started["interval"]!).ShouldBe((600, 5));
        string uri = (string)started["verification_uri"]!;
        uri.ShouldBe(new Uri(server.HttpAddress, "/pair").ToString());
        ((string?)started["verification_uri_complete"]).ShouldBe($"{uri}?user_code={codes.UserCode}");
        await _peer.PollAsync(codes).ShouldBeOAuthErrorAsync("authorization_pending");

        ApiClient owner = _peer.As(await server.OwnerAsync());
        JsonNode shown = await owner.PostAsync("/api/v1/pairing/lookup", PairingPeer.Code(codes.UserCode)).ShouldAnswerAsync(200);
        ((string?)shown["gateway"], (string?)shown["serial"], (string?)shown["model"], (string?)shown["software_version"])
            .ShouldBe((id.ToString(), "100000003d1d1c36", "Raspberry Pi 5", "1.2.3"));
        ((string?)shown["remote_address"]).ShouldBe(_peer.Address.ToString());
        ((DateTimeOffset)shown["expires_at"]! - (DateTimeOffset)shown["requested_at"]!).ShouldBe(TimeSpan.FromMinutes(10));
        shown["known"].ShouldBeNull();

        JsonNode confirmed = await owner.PostAsync("/api/v1/pairing/confirm", PairingPeer.Confirmation(codes.UserCode, server.Own.Site)).ShouldAnswerAsync(200);
        ((string?)confirmed["id"], (string?)confirmed["site"], (string?)confirmed["name"])
            .ShouldBe((id.ToString(), server.Own.Site.ToString(), "Gateway by the door"));

        JsonNode tokens = await _peer.PollAsync(codes).ShouldAnswerAsync(200);
        ((string?)tokens["gateway"]!["id"], (string?)tokens["token_type"], (int?)tokens["expires_in"]).ShouldBe((id.ToString(), "Bearer", 900));
        ((DateTimeOffset)tokens["refresh_expires_at"]!).ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddDays(89));
        await server.With((string)tokens["access_token"]!).PostAsync("/gateway/api/v1/steps", "[]").ShouldBeProblemAsync(422, "uplink_refused");
        await server.Anonymous.TryRefreshAsync((string)tokens["refresh_token"]!, "/gateway/api/v1").ShouldAnswerAsync(200);
        await _peer.PollAsync(codes).ShouldBeOAuthErrorAsync("invalid_grant");
    }

    [Fact]
    public async Task A_device_code_is_stored_as_its_hash_alone()
    {
        Codes codes = await _peer.StartAsync();
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(codes.DeviceCode));
        string row = await server.Database.ScalarAsync<string>("SELECT r::text FROM pairing_request AS r WHERE device_code_hash = $1", hash);
        row.ShouldNotContain(codes.DeviceCode);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData(" {0} ")]
    [InlineData("{1}")]
    [InlineData("{2}")]
    [InlineData("{3}")]
    public async Task Case_spaces_and_hyphen_of_an_entered_code_are_forgiven(string form)
    {
        Codes codes = await _peer.StartAsync();
        string bare = codes.UserCode.Replace("-", "", StringComparison.Ordinal);
        string entered = string.Format(form, codes.UserCode, bare, codes.UserCode.ToLowerInvariant(), string.Join(' ', bare.ToCharArray()));
        await _peer.As(await server.OwnerAsync()).PostAsync("/api/v1/pairing/lookup", PairingPeer.Code(entered)).ShouldAnswerAsync(200);
    }

    [Theory]
    [InlineData("client_id", null, "invalid_request")]
    [InlineData("client_id", "", "invalid_request")]
    [InlineData("client_id", "somebody", "invalid_client")]
    [InlineData("gateway_id", null, "invalid_request")]
    [InlineData("gateway_id", "7", "invalid_request")]
    [InlineData("gateway_id", "00000000-0000-0000-0000-000000000000", "invalid_request")]
    [InlineData("serial", null, "invalid_request")]
    [InlineData("serial", " ", "invalid_request")]
    [InlineData("serial", "a\0b", "invalid_request")]
    [InlineData("model", "a\nb", "invalid_request")]
    [InlineData("software_version", "1.0\u202E0.1", "invalid_request")]
    [InlineData("hardware_version", " ", "invalid_request")]
    [InlineData("hardware_version", "rev\nc", "invalid_request")]
    public async Task A_request_that_is_not_as_it_must_be_is_refused_as_OAuth_wants_it(string name, string? value, string error)
    {
        Dictionary<string, string?> form = PairingPeer.StartForm();
        form[name] = value;
        await _peer.PostFormAsync(PairingPeer.StartPath, form).ShouldBeOAuthErrorAsync(error);
    }

    [Theory]
    [InlineData("serial")]
    [InlineData("model")]
    [InlineData("software_version")]
    [InlineData("hardware_version")]
    public async Task What_is_told_ends_at_a_hundred_characters(string name)
    {
        Dictionary<string, string?> form = PairingPeer.StartForm();
        form[name] = new string('ü', 100);
        await _peer.PostFormAsync(PairingPeer.StartPath, form).ShouldAnswerAsync(200);
        form[name] = new string('ü', 101);
        await _peer.PostFormAsync(PairingPeer.StartPath, form).ShouldBeOAuthErrorAsync("invalid_request");
    }

    [Theory]
    [InlineData("grant_type", null, "invalid_request")]
    [InlineData("grant_type", "authorization_code", "unsupported_grant_type")]
    [InlineData("client_id", null, "invalid_request")]
    [InlineData("client_id", "somebody", "invalid_client")]
    [InlineData("device_code", null, "invalid_request")]
    [InlineData("device_code", "x", "invalid_grant")]
    [InlineData("device_code", "\0", "invalid_grant")]
    public async Task A_poll_that_is_not_as_it_must_be_is_refused_as_OAuth_wants_it(string name, string? value, string error)
    {
        Dictionary<string, string?> form = PairingPeer.TokenForm((await _peer.StartAsync()).DeviceCode);
        form[name] = value;
        await _peer.PostFormAsync(PairingPeer.TokenPath, form).ShouldBeOAuthErrorAsync(error);
    }

    [Theory]
    [InlineData("client_id=stepcloud-gateway&client_id=stepcloud-gateway", "application/x-www-form-urlencoded")]
    [InlineData("client_id=stepcloud-gateway", null)]
    [InlineData("", "application/x-www-form-urlencoded")]
    [InlineData("&&=&=x&%", "application/x-www-form-urlencoded")]
    [InlineData("client_id=stepcloud-gateway&gateway_id=%FF%FE&serial=%ED%A0%80", "application/x-www-form-urlencoded")]
    public async Task What_is_no_form_or_has_a_parameter_twice_is_refused(string body, string? mediaType)
    {
        await _peer.PostFormAsync(PairingPeer.StartPath, body, mediaType).ShouldBeOAuthErrorAsync("invalid_request");
        await _peer.PostFormAsync(PairingPeer.TokenPath, body, mediaType).ShouldBeOAuthErrorAsync("invalid_request");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("multipart/form-data; boundary=x")]
    public async Task Another_kind_of_body_than_a_form_is_refused_before_it_is_read(string mediaType)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(server.HttpAddress, PairingPeer.StartPath)) { Content = new StringContent("{}") };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        using HttpClient http = new();
        await http.SendAsync(request).ShouldBeProblemAsync(415, "unsupported_media_type");
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_are_refused() =>
        await _peer.Anonymous.PostAsync(PairingPeer.StartPath, [.. "serial="u8, 0xFF], "application/x-www-form-urlencoded").ShouldBeOAuthErrorAsync("invalid_request");

    [Fact]
    public async Task No_form_however_odd_makes_the_server_stumble()
    {
        Random random = new(20261121);
        byte[][] pieces = [.. new[] { "client_id=stepcloud-gateway", "gateway_id=", "serial", "device_code=", "grant_type=" + PairingPeer.GrantType, "&", "=", "%", "%00", "+", "%u12", "\0", "ü", "[]" }
            .Select(Encoding.UTF8.GetBytes), [0xFF], [0xED, 0xA0, 0x80]];
        for (int i = 0; i < 300; i++)
        {
            byte[] body = [.. Enumerable.Range(0, random.Next(12)).SelectMany(_ => pieces[random.Next(pieces.Length)])];
            string path = i % 2 == 0 ? PairingPeer.StartPath : PairingPeer.TokenPath;
            using HttpResponseMessage answer = await _peer.Anonymous.PostAsync(path, body, "application/x-www-form-urlencoded");
            ((int)answer.StatusCode).ShouldBe(400, Convert.ToHexString(body));
        }
    }

    [Fact]
    public async Task A_form_that_is_too_large_is_refused() =>
        await _peer.PostFormAsync(PairingPeer.StartPath, "serial=" + new string('x', 9000)).ShouldBeProblemAsync(413, "too_large");

    [Fact]
    public async Task Whoever_asks_too_soon_is_told_to_slow_down_and_his_pause_grows()
    {
        Codes codes = await _peer.StartAsync();
        await _peer.PollAsync(codes).ShouldBeOAuthErrorAsync("authorization_pending");
        await _peer.PollAsync(codes).ShouldBeOAuthErrorAsync("slow_down");
        await _peer.PollAsync(codes).ShouldBeOAuthErrorAsync("slow_down");
        (await IntervalAsync(codes)).ShouldBe(15);

        await server.Database.ExecuteAsync("UPDATE pairing_request SET last_polled_at = last_polled_at - interval '14 seconds' WHERE user_code = $1", Bare(codes));
        await _peer.PollAsync(codes).ShouldBeOAuthErrorAsync("authorization_pending");
    }

    [Fact]
    public async Task A_gateway_that_is_denied_is_told_so_and_its_code_is_of_no_use_any_more()
    {
        Codes codes = await _peer.StartAsync();
        ApiClient owner = _peer.As(await server.OwnerAsync());
        await owner.PostAsync("/api/v1/pairing/deny", PairingPeer.Code(codes.UserCode)).ShouldAnswerAsync(204);
        await _peer.PollAsync(codes).ShouldBeOAuthErrorAsync("access_denied");
        await _peer.PollAsync(codes).ShouldBeOAuthErrorAsync("access_denied");
        await owner.PostAsync("/api/v1/pairing/confirm", PairingPeer.Confirmation(codes.UserCode, server.Own.Site)).ShouldBeProblemAsync(404, "unknown_pairing_code");
    }

    [Fact]
    public async Task An_expired_code_is_told_to_the_gateway_and_to_the_user_no_otherwise_than_a_wrong_one()
    {
        Codes codes = await _peer.StartAsync();
        await server.Database.ExecuteAsync("UPDATE pairing_request SET expires_at = now() WHERE user_code = $1", Bare(codes));
        await _peer.PollAsync(codes).ShouldBeOAuthErrorAsync("expired_token");

        ApiClient owner = _peer.As(await server.OwnerAsync());
        JsonObject expired = await owner.PostAsync("/api/v1/pairing/lookup", PairingPeer.Code(codes.UserCode)).ShouldBeProblemAsync(404, "unknown_pairing_code");
        JsonObject wrong = await owner.PostAsync("/api/v1/pairing/lookup", PairingPeer.Code("BBBB-BBBB")).ShouldBeProblemAsync(404, "unknown_pairing_code");
        expired.ToJsonString().ShouldBe(wrong.ToJsonString());
    }

    [Fact]
    public async Task Of_many_polls_at_once_one_gets_the_tokens()
    {
        Codes codes = await _peer.StartAsync();
        ApiClient owner = _peer.As(await server.OwnerAsync());
        await owner.PostAsync("/api/v1/pairing/confirm", PairingPeer.Confirmation(codes.UserCode, server.Own.Site)).ShouldAnswerAsync(200);

        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _peer.PollAsync(codes)));

        HttpResponseMessage won = answers.Where(answer => answer.IsSuccessStatusCode).ShouldHaveSingleItem();
        foreach (HttpResponseMessage answer in answers.Where(answer => answer != won)) await Task.FromResult(answer).ShouldBeOAuthErrorAsync("invalid_grant");
        JsonNode tokens = await Task.FromResult(won).ShouldAnswerAsync(200);
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM session WHERE holder_id = $1", Guid.Parse((string)tokens["gateway"]!["id"]!))).ShouldBe(1);
    }

    [Fact]
    public async Task As_many_codes_as_one_address_may_have_open_and_no_more()
    {
        await server.Database.ExecuteAsync(
            """
            INSERT INTO pairing_request (
                device_code_hash, user_code, gateway_id, serial, model, software_version, remote_address, remote_network, created_at, expires_at, interval_seconds)
            SELECT sha256(convert_to($1 || n, 'UTF8')), $1 || n, gen_random_uuid(), 's', 'm', 'v', $1, $1, now(), now() + interval '10 minutes', 5
            FROM generate_series(1, 50) AS n
            """,
            _peer.Address.ToString());
        HttpResponseMessage refused = await _peer.PostFormAsync(PairingPeer.StartPath, PairingPeer.StartForm());
        refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 1200);
        await Task.FromResult(refused).ShouldBeOAuthErrorAsync("temporarily_unavailable", 429);

        using PairingPeer neighbour = new(server);
        await neighbour.StartAsync();
    }

    private Task<int> IntervalAsync(Codes codes) =>
        server.Database.ScalarAsync<int>("SELECT interval_seconds FROM pairing_request WHERE user_code = $1", Bare(codes));

    private static string Bare(Codes codes) => codes.UserCode.Replace("-", "", StringComparison.Ordinal);
}

using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Shouldly;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>POSTs with an Idempotency-Key: done once, answered as often as they come.</summary>
[Collection(ApiTests.Name)]
public sealed class IdempotencyTests(ApiServer server)
{
    private const string Manufacturers = "/admin/api/v1/manufacturers";

    [Fact]
    public async Task The_same_request_again_gets_the_same_answer_and_does_nothing()
    {
        ApiClient administrator = await server.AdministratorAsync();
        string key = NewKey();
        JsonObject body = NewManufacturer();
        using HttpResponseMessage first = await SendAsync(administrator, Manufacturers, body, key), again = await SendAsync(administrator, Manufacturers, body, key);

        string made = await first.Content.ReadAsStringAsync();
        ((int)first.StatusCode, (int)again.StatusCode).ShouldBe((201, 201), made);
        (await again.Content.ReadAsStringAsync()).ShouldBe(made);
        (again.Headers.Location, again.Headers.ETag, again.Content.Headers.ContentType).ShouldBe((first.Headers.Location, first.Headers.ETag, first.Content.Headers.ContentType));
        (first.Headers.Location, first.Headers.ETag).ShouldNotBe((null, null));
        (IsReplayed(first), IsReplayed(again)).ShouldBe((false, true));
        (await CountAsync(body)).ShouldBe(1);
    }

    [Fact]
    public async Task Of_those_that_come_at_once_one_does_it()
    {
        ApiClient administrator = await server.AdministratorAsync();
        string key = NewKey();
        JsonObject body = NewManufacturer();
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SendAsync(administrator, Manufacturers, body, key)));

        HashSet<string> made = [];
        foreach (HttpResponseMessage answer in answers)
        {
            if ((int)answer.StatusCode == 201)
            {
                made.Add(await answer.Content.ReadAsStringAsync());
                continue;
            }

            (answer.Headers.RetryAfter?.Delta).ShouldBe(TimeSpan.FromSeconds(1));
            await Task.FromResult(answer).ShouldBeProblemAsync(409, "idempotency_in_progress");
        }

        made.Count.ShouldBe(1);
        answers.Count(answer => (int)answer.StatusCode == 201 && !IsReplayed(answer)).ShouldBe(1);
        (await CountAsync(body)).ShouldBe(1);
    }

    [Fact]
    public async Task The_same_key_with_another_request_is_refused()
    {
        ApiClient administrator = await server.AdministratorAsync();
        string key = NewKey();
        JsonObject body = NewManufacturer();
        await SendAsync(administrator, Manufacturers, body, key).ShouldAnswerAsync(201);
        await SendAsync(administrator, Manufacturers, NewManufacturer(), key).ShouldBeProblemAsync(422, "idempotency_key_reused");
        await SendAsync(administrator, Manufacturers + "?x=1", body, key).ShouldBeProblemAsync(422, "idempotency_key_reused");
        await SendAsync(administrator, "/admin/api/v1/device-models", body, key).ShouldBeProblemAsync(422, "idempotency_key_reused");
    }

    [Fact]
    public async Task A_key_is_its_holder_s_alone()
    {
        string key = NewKey();
        JsonObject body = new() { ["name"] = "Annex" };
        JsonNode own = await SendAsync(await server.OwnerAsync(), "/api/v1/sites", body, key).ShouldAnswerAsync(201);
        JsonNode other = await SendAsync(await server.StrangerAsync(), "/api/v1/sites", body, key).ShouldAnswerAsync(201);
        ((string?)own["organization"], (string?)other["organization"]).ShouldBe((server.Own.Organization.ToString(), server.Other.Organization.ToString()));
    }

    [Fact]
    public async Task Tokens_in_an_answer_come_again_and_do_not_lie_in_the_database()
    {
        ApiClient owner = await server.OwnerAsync();
        string key = NewKey();
        JsonObject body = new() { ["site"] = server.Own.Site.ToString(), ["name"] = "Once" };
        JsonNode first = await SendAsync(owner, "/api/v1/gateways", body, key).ShouldAnswerAsync(201);
        JsonNode again = await SendAsync(owner, "/api/v1/gateways", body, key).ShouldAnswerAsync(201);
        JsonNode.DeepEquals(first, again).ShouldBeTrue();
        byte[] kept = await server.Database.ScalarAsync<byte[]>("SELECT answer FROM idempotent_request WHERE key = $1", key);
        string token = (string)first["refresh_token"]!;
        kept.AsSpan().IndexOf(Encoding.ASCII.GetBytes(token)).ShouldBe(-1);
        kept.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.ASCII.GetBytes(token))[..20])).ShouldBe(-1);
        await server.Anonymous.TryRefreshAsync(token, "/gateway/api/v1").ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task A_refusal_is_an_answer_too()
    {
        ApiClient administrator = await server.AdministratorAsync();
        string key = NewKey();
        await SendAsync(administrator, Manufacturers, new JsonObject { ["name"] = 5 }, key).ShouldPointToAsync("/name");
        using HttpResponseMessage again = await SendAsync(administrator, Manufacturers, new JsonObject { ["name"] = 5 }, key);
        IsReplayed(again).ShouldBeTrue();
        await Task.FromResult(again).ShouldPointToAsync("/name");
    }

    [Fact]
    public async Task What_failed_for_our_fault_is_done_at_the_next_try()
    {
        ApiClient administrator = await server.AdministratorAsync();
        string key = NewKey();
        JsonObject body = NewManufacturer();
        await server.Database.ExecuteAsync("ALTER TABLE manufacturer RENAME TO manufacturer_away");
        try
        {
            await SendAsync(administrator, Manufacturers, body, key).ShouldBeProblemAsync(500, "internal_error");
        }
        finally
        {
            await server.Database.ExecuteAsync("ALTER TABLE manufacturer_away RENAME TO manufacturer");
        }

        using HttpResponseMessage again = await SendAsync(administrator, Manufacturers, body, key);
        ((int)again.StatusCode, IsReplayed(again)).ShouldBe((201, false));
    }

    [Fact]
    public async Task Who_went_away_before_the_answer_finds_it_when_he_comes_again()
    {
        ApiClient administrator = await server.AdministratorAsync();
        string key = NewKey();
        JsonObject body = NewManufacturer();
        await using (NpgsqlConnection connection = await server.Database.Source.OpenConnectionAsync())
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
            await using NpgsqlCommand command = new("LOCK TABLE manufacturer IN ACCESS EXCLUSIVE MODE", connection, transaction);
            await command.ExecuteNonQueryAsync();
            using CancellationTokenSource impatience = new(TimeSpan.FromMilliseconds(500));
            await Should.ThrowAsync<OperationCanceledException>(() => SendAsync(administrator, Manufacturers, body, key, impatience.Token));
            await SendAsync(administrator, Manufacturers, body, key).ShouldBeProblemAsync(409, "idempotency_in_progress");
        }

        await Eventually.HoldsAsync(async () => (int)(await SendAsync(administrator, Manufacturers, body, key)).StatusCode == 201, "it is done though nobody waits for it");
        using HttpResponseMessage again = await SendAsync(administrator, Manufacturers, body, key);
        IsReplayed(again).ShouldBeTrue();
        (await CountAsync(body)).ShouldBe(1);
    }

    [Fact]
    public async Task What_a_process_has_begun_by_several_steps_and_died_over_is_in_doubt()
    {
        ApiClient owner = await server.OwnerAsync();
        string key = NewKey();
        JsonObject body = new() { ["site"] = server.Own.Site.ToString(), ["name"] = "Doubtful" };
        await SendAsync(owner, "/api/v1/gateways", body, key).ShouldAnswerAsync(201);
        // As the process leaves it that is killed between its commit and the answer.
        await server.Database.ExecuteAsync(
            "UPDATE idempotent_request SET status = NULL, answer = NULL, process_id = gen_random_uuid(), created_at = now() - interval '1 minute' WHERE key = $1", key);
        await SendAsync(owner, "/api/v1/gateways", body, key).ShouldBeProblemAsync(409, "idempotency_in_progress");
        await server.Database.ExecuteAsync("UPDATE idempotent_request SET created_at = now() - interval '3 minutes' WHERE key = $1", key);
        JsonObject problem = await SendAsync(owner, "/api/v1/gateways", body, key).ShouldBeProblemAsync(409, "idempotency_in_doubt");
        ((string?)problem["detail"]).ShouldNotBeNull().ShouldContain("another Idempotency-Key");
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM gateway WHERE name = 'Doubtful'")).ShouldBe(1);
    }

    [Theory]
    [InlineData("process_id = gen_random_uuid()")]
    [InlineData("created_at = now() - interval '3 minutes'")]
    public async Task What_a_process_that_died_had_not_done_is_done_at_the_next_try(string left)
    {
        ApiClient administrator = await server.AdministratorAsync();
        string key = NewKey();
        JsonObject body = NewManufacturer();
        await SendAsync(administrator, Manufacturers, body, key).ShouldAnswerAsync(201);
        // As the process leaves it that is killed before its commit.
        await server.Database.ExecuteAsync("DELETE FROM manufacturer WHERE name = $1", (string)body["name"]!);
        await server.Database.ExecuteAsync("UPDATE idempotent_request SET status = NULL, answer = NULL WHERE key = $1", key);
        await SendAsync(administrator, Manufacturers, body, key).ShouldBeProblemAsync(409, "idempotency_in_progress");
        await server.Database.ExecuteAsync($"UPDATE idempotent_request SET {left} WHERE key = $1", key);
        using HttpResponseMessage done = await SendAsync(administrator, Manufacturers, body, key), again = await SendAsync(administrator, Manufacturers, body, key);
        ((int)done.StatusCode, IsReplayed(done), IsReplayed(again)).ShouldBe((201, false, true));
        (await again.Content.ReadAsByteArrayAsync()).ShouldBe(await done.Content.ReadAsByteArrayAsync());
        (await CountAsync(body)).ShouldBe(1);
    }

    [Fact]
    public async Task Whose_request_was_taken_over_while_he_hung_does_nothing()
    {
        ApiClient administrator = await server.AdministratorAsync();
        string key = NewKey();
        JsonObject body = NewManufacturer();
        Task<HttpResponseMessage> hanging;
        await using (NpgsqlConnection connection = await server.Database.Source.OpenConnectionAsync())
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
            await using NpgsqlCommand command = new("LOCK TABLE manufacturer IN ACCESS EXCLUSIVE MODE", connection, transaction);
            await command.ExecuteNonQueryAsync();
            hanging = SendAsync(administrator, Manufacturers, body, key);
            await Eventually.HoldsAsync(
                async () => await server.Database.ScalarAsync<long>("SELECT count(*) FROM idempotent_request WHERE key = $1", key) == 1, "it is claimed");
            await server.Database.ExecuteAsync("UPDATE idempotent_request SET process_id = gen_random_uuid(), claim_id = gen_random_uuid() WHERE key = $1", key);
        }

        await hanging.ShouldBeProblemAsync(409, "idempotency_in_progress");
        (await CountAsync(body)).ShouldBe(0);
        await SendAsync(administrator, Manufacturers, body, key).ShouldAnswerAsync(201);
    }

    [Theory]
    [InlineData("archive")]
    [InlineData("restore")]
    [InlineData("import")]
    public async Task The_answer_is_kept_by_the_transaction_of_the_work(string what)
    {
        ApiClient administrator = await server.AdministratorAsync();
        JsonObject body = NewManufacturer();
        JsonNode made = await administrator.PostAsync(Manufacturers, body).ShouldAnswerAsync(201);
        string thing = $"{Manufacturers}/{(string)made["id"]!}";
        if (what == "restore") await administrator.PostAsync(thing + "/archive", new JsonObject { ["reason"] = "It is gone." }).ShouldAnswerAsync(200);
        string key = NewKey();
        (string path, JsonNode sent) = what switch
        {
            "archive" => (thing + "/archive", new JsonObject { ["reason"] = "It is gone." }),
            "restore" => (thing + "/restore", new JsonObject()),
            _ => (Manufacturers + "/import?format=json&dry_run=false", (JsonNode)new JsonArray(NewManufacturer())),
        };
        using HttpResponseMessage first = await SendAsync(administrator, path, sent, key), again = await SendAsync(administrator, path, sent, key);
        ((int)first.StatusCode, IsReplayed(first), IsReplayed(again)).ShouldBe((200, false, true));
        (await again.Content.ReadAsByteArrayAsync()).ShouldBe(await first.Content.ReadAsByteArrayAsync());
        (again.Headers.ETag, again.Content.Headers.ContentType).ShouldBe((first.Headers.ETag, first.Content.Headers.ContentType));
        // An import writes its lines behind savepoints, which have ids of their own; its audit entry is the transaction's.
        (await server.Database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM audit_entry AS e JOIN idempotent_request AS r ON r.xmin = e.xmin WHERE r.key = $1)", key))
            .ShouldBeTrue("one transaction wrote both");
    }

    [Fact]
    public async Task After_a_day_a_key_is_as_new()
    {
        ApiClient administrator = await server.AdministratorAsync();
        string key = NewKey();
        JsonObject body = NewManufacturer();
        await SendAsync(administrator, Manufacturers, body, key).ShouldAnswerAsync(201);
        await server.Database.ExecuteAsync("UPDATE idempotent_request SET created_at = now() - interval '23 hours 59 minutes' WHERE key = $1", key);
        await SendAsync(administrator, Manufacturers, body, key).ShouldAnswerAsync(201);
        await server.Database.ExecuteAsync("UPDATE idempotent_request SET created_at = now() - interval '24 hours 1 minute' WHERE key = $1", key);
        await SendAsync(administrator, Manufacturers, body, key).ShouldBeProblemAsync(409, "already_taken");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("\u00e4")]
    [InlineData("101")]
    [InlineData("twice")]
    public async Task A_key_that_is_none_is_refused(string what)
    {
        JsonObject body = NewManufacturer();
        string[] keys = what switch { "101" => [new string('k', 101)], "twice" => [NewKey(), NewKey()], _ => [what] };
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(server.HttpAddress, Manufacturers))
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new("Bearer", (await server.AdministratorAsync()).Token);
        foreach (string key in keys) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using SocketsHttpHandler handler = new() { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        using HttpClient http = new(handler);
        await http.SendAsync(request).ShouldPointToAsync("Idempotency-Key");
        (await CountAsync(body)).ShouldBe(0);
    }

    [Fact]
    public async Task Where_nobody_is_signed_in_and_where_gateways_send_the_key_means_nothing()
    {
        string key = NewKey();
        JsonObject signIn = new() { ["email"] = server.Own.OwnerEmail, ["password"] = Seeds.Password };
        JsonNode first = await SendAsync(server.Anonymous, "/api/v1/sign-in", signIn, key).ShouldAnswerAsync(200);
        JsonNode second = await SendAsync(server.Anonymous, "/api/v1/sign-in", signIn, key).ShouldAnswerAsync(200);
        ((string?)first["refresh_token"]).ShouldNotBe((string?)second["refresh_token"]);

        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject step = TestGateway.Step(await gateway.AddDeviceAsync());
        await SendAsync(gateway.Api, "/gateway/api/v1/steps", step, key).ShouldAnswerAsync(200);
        JsonNode again = await SendAsync(gateway.Api, "/gateway/api/v1/steps", step, key).ShouldAnswerAsync(200);
        ((string?)again["results"]![0]!["outcome"]).ShouldBe("already_stored");
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM idempotent_request WHERE key = $1", key)).ShouldBe(0);
    }

    [Fact]
    public async Task An_access_key_is_not_shown_what_takes_a_password_though_it_was_answered_before()
    {
        string email = await server.AddUserAsync("technician"), key = NewKey();
        ApiClient user = server.With((await server.Anonymous.SignInAsync(email)).AccessToken);
        TestGateway gateway = await server.AddGatewayAsync();
        string path = $"/api/v1/gateways/{gateway.Id}/archive";
        JsonObject body = new() { ["reason"] = "It is gone." };
        await SendAsync(user, path, body, key).ShouldAnswerAsync(200);

        Guid id = await server.Database.ScalarAsync<Guid>("SELECT id FROM app_user WHERE email = $1", email);
        JsonNode badge = await (await server.OwnerAsync()).PostAsync("/api/v1/access-keys", new JsonObject { ["user_id"] = id.ToString(), ["label"] = "Badge" }).ShouldAnswerAsync(201);
        JsonNode tokens = await server.Anonymous.PostAsync("/api/v1/access-keys/exchange", new JsonObject { ["key"] = (string)badge["key"]! }).ShouldAnswerAsync(200);
        await SendAsync(server.With((string)tokens["access_token"]!), path, body, key).ShouldBeProblemAsync(403, "password_session_required");
    }

    private static string NewKey() => Guid.NewGuid().ToString();

    private static JsonObject NewManufacturer() => new() { ["name"] = $"Maker {Guid.NewGuid()}" };

    private static bool IsReplayed(HttpResponseMessage answer) => answer.Headers.TryGetValues("Idempotency-Replayed", out IEnumerable<string>? values) && values.Single() == "true";

    private static Task<HttpResponseMessage> SendAsync(ApiClient client, string path, JsonNode body, string key, CancellationToken cancellationToken = default) =>
        client.SendAsync(HttpMethod.Post, path, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"), key: key, cancellationToken: cancellationToken);

    private Task<long> CountAsync(JsonObject manufacturer) =>
        server.Database.ScalarAsync<long>("SELECT count(*) FROM manufacturer WHERE name = $1", (string)manufacturer["name"]!);
}

using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Shouldly;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Api.Tokens;
using StepCloud.Api.Tokens.Sealing;
using StepCloud.Contracts.Audit;
using StepCloud.Storage;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Tokens;

/// <summary>Signing keys and the master key in a running server that no other test shares.</summary>
public sealed class KeyServerTests : IAsyncLifetime
{
    private const string PublishedKeys = "/.well-known/jwks.json";

    private readonly ApiServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    private SigningKeyStore Store => new(new StepCloudDatabase(_server.Database.Source, TimeProvider.System));

    [Fact]
    public async Task Jose_verifies_a_token_of_the_server_with_the_keys_it_publishes_over_HTTP_and_refuses_it_for_another_audience()
    {
        string token = (await _server.OwnerAsync()).Token!;
        Task<JsonElement> VerifyAsync(string audience) => Jose.CallAsync("verify", new JsonObject
        {
            ["token"] = token,
            ["jwksUrl"] = new Uri(_server.HttpAddress, PublishedKeys).ToString(),
            ["issuer"] = new AccessTokenOptions().Issuer,
            ["audience"] = audience,
        });

        JsonElement verified = await VerifyAsync(TokenAudience.User);
        verified.TryGetProperty("error", out JsonElement error).ShouldBeFalse(error.ToString());
        verified.GetProperty("payload").GetProperty("sid").GetGuid().ShouldBe(TokenRig.Part(token, 1).GetProperty("sid").GetGuid());
        (await VerifyAsync(TokenAudience.Gateway)).GetProperty("error").GetString().ShouldBe("ERR_JWT_CLAIM_VALIDATION_FAILED");
    }

    [Fact]
    public async Task The_published_keys_may_be_kept_for_less_than_a_key_is_published_before_it_signs()
    {
        HttpResponseMessage answer = await _server.Anonymous.GetAsync(PublishedKeys);
        CacheControlHeaderValue cache = answer.Headers.CacheControl.ShouldNotBeNull();
        cache.Public.ShouldBeTrue();
        cache.MaxAge.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromMinutes(1), new SigningKeyOptions().PublishAhead / 2);
    }

    [Fact]
    public async Task A_key_that_another_process_made_is_known_soon_after_its_first_token()
    {
        string token = (await _server.OwnerAsync()).Token!;
        // The service works on the database alone, as the command's does: this server's ring hears nothing of it.
        StoredSigningKey next = (await _server.Service<SigningKeyRotation>().RotateAsync(signsAtOnce: true, CancellationToken.None)).ShouldNotBeNull();
        string underNext = Resigned(token, SigningKey.ImportPkcs8(next.Pkcs8));

        await Eventually.HoldsAsync(async () => await StatusAsync(underNext) == 200, "the new key is known");
        (await StatusAsync(token)).ShouldBe(200);
        (await StatusAsync(Resigned(token, SigningKey.Generate()))).ShouldBe(401);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_by_HTTP_and_new_tokens_come_from_another()
    {
        ApiClient owner = await _server.OwnerAsync();
        string kid = TokenRig.Part(owner.Token!, 0).GetProperty("kid").GetString()!;
        (await Store.RevokeAsync(kid, AuditDoer.System("test"), TimeProvider.System.GetUtcNow(), CancellationToken.None)).ShouldBe(RevokeKeyOutcome.Revoked);
        await Eventually.HoldsAsync(async () => await StatusAsync(owner.Token!) == 401, "the database's notice makes the server look at the keys");

        await owner.GetAsync("/api/v1/sites").ShouldBeProblemAsync(401, "invalid_token");
        Http.Tokens fresh = await _server.Anonymous.SignInAsync(_server.Own.OwnerEmail);
        (await StatusAsync(fresh.AccessToken)).ShouldBe(200);
        JsonNode set = await _server.Anonymous.GetAsync(PublishedKeys).ShouldAnswerAsync(200);
        set["keys"]!.AsArray().Select(key => (string?)key!["kid"]).ShouldNotContain(kid);
    }

    [Fact]
    public async Task No_secret_lies_in_the_database_in_plain()
    {
        (await _server.Database.ScalarAsync<long>(
            "SELECT (SELECT count(*) FROM signing_key WHERE private_key_pkcs8 IS NOT NULL) + (SELECT count(*) FROM server_secret WHERE value IS NOT NULL)")).ShouldBe(0);
        SigningKeyRow row = (await Store.ListAsync(CancellationToken.None)).ShouldHaveSingleItem();
        byte[] opened = MasterKey.Parse(TestMasterKey.Text)!.Open($"signing-key:{row.KeyId}", row.SealedPrivateKey.ShouldNotBeNull());
        SigningKey.ImportPkcs8(opened).KeyId.ShouldBe(row.KeyId);
    }

    [Fact]
    public async Task A_server_with_another_master_key_does_not_start_and_says_which_setting_is_wrong()
    {
        string other = MasterKey.NewText();
        SettingException refused = await Should.ThrowAsync<SettingException>(
            ApiServer.StartServerAsync(_server.Database.ConnectionString, (MasterKeySetting.Variable, other)));
        refused.Message.ShouldContain(MasterKeySetting.Variable);
        refused.Message.ShouldContain(MasterKey.Parse(other)!.Id);
        refused.Message.ShouldContain(MasterKey.Parse(TestMasterKey.Text)!.Id);
        refused.Message.ShouldNotContain(other);
        refused.Message.ShouldNotContain('\n');
    }

    [Fact]
    public async Task When_the_master_key_is_lost_the_way_out_of_docs_KEYS_keeps_every_session()
    {
        Http.Tokens before = await _server.Anonymous.SignInAsync(_server.Own.OwnerEmail);
        string connection = _server.Database.ConnectionString;
        await _server.StopAsync();
        await _server.Database.ExecuteAsync("DELETE FROM signing_key");
        await _server.Database.ExecuteAsync("DELETE FROM server_secret");
        await _server.Database.ExecuteAsync("DELETE FROM master_key");

        await using StepCloudServer again = await ApiServer.StartServerAsync(connection, (MasterKeySetting.Variable, MasterKey.NewText()));
        using HttpClient http = new() { BaseAddress = new Uri(again.HttpAddress) };
        ApiClient anonymous = new(http, null);
        await new ApiClient(http, before.AccessToken).GetAsync("/api/v1/sites").ShouldBeProblemAsync(401, "invalid_token");
        Http.Tokens after = Http.Tokens.Of(await anonymous.TryRefreshAsync(before.RefreshToken).ShouldAnswerAsync(200));
        await new ApiClient(http, after.AccessToken).GetAsync("/api/v1/sites").ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task Secrets_that_an_older_version_kept_in_plain_are_sealed_at_the_next_start_and_stay_the_same()
    {
        await using TestDatabase database = await TestPostgres.CreateDatabaseAsync();
        SigningKey key = SigningKey.Generate();
        byte[] pkcs8 = key.ExportPkcs8(), secret = [.. Enumerable.Range(100, 32).Select(n => (byte)n)];
        await database.ExecuteAsync(
            "INSERT INTO signing_key (kid, private_key_pkcs8, public_key_spki, created_at, signs_from) VALUES ($1, $2, $3, now(), now())",
            key.KeyId, pkcs8, key.ExportSpki());
        await database.ExecuteAsync("INSERT INTO server_secret (name, value, created_at) VALUES ('refresh_token_successor', $1, now())", secret);
        (await IsInFileAsync(database, "signing_key", pkcs8)).ShouldBeTrue();
        (await IsInFileAsync(database, "server_secret", secret)).ShouldBeTrue();

        // The second start finds everything sealed.
        for (int start = 0; start < 2; start++)
        {
            await using StepCloudServer server = await ApiServer.StartServerAsync(database.ConnectionString);
            ((SigningKeys)server.Services.GetService(typeof(SigningKeys))!).Current.KeyId.ShouldBe(key.KeyId);
            RefreshTokens refresh = (RefreshTokens)server.Services.GetService(typeof(StepCloud.Actors.Ports.IRefreshTokens))!;
            refresh.Successor("token").ShouldBe(new RefreshTokens(secret).Successor("token"));
        }

        (await IsInFileAsync(database, "signing_key", pkcs8)).ShouldBeFalse();
        (await IsInFileAsync(database, "server_secret", secret)).ShouldBeFalse();
    }

    private async Task<int> StatusAsync(string token) => (int)(await _server.With(token).GetAsync("/api/v1/sites")).StatusCode;

    /// <summary>The same claims under another key.</summary>
    private static string Resigned(string token, SigningKey key)
    {
        JsonObject header = JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[0]))!.AsObject();
        header["kid"] = key.KeyId;
        return TokenRig.Forge(
            Encoding.UTF8.GetBytes(header.ToJsonString()),
            Base64Url.DecodeFromChars(token.Split('.')[1]),
            input => key.Sign(Encoding.ASCII.GetBytes(input)));
    }

    /// <summary>Is that in the table's file, as somebody would see it who copied the disk?</summary>
    private static async Task<bool> IsInFileAsync(TestDatabase database, string table, byte[] bytes)
    {
        string name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!;
        string administrator = new NpgsqlConnectionStringBuilder(database.AdministratorConnectionString) { Database = name }.ConnectionString;
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(administrator);
        await using (NpgsqlCommand checkpoint = source.CreateCommand("CHECKPOINT"))
        {
            // It writes what all databases of the cluster have changed, on a disk that others use too.
            checkpoint.CommandTimeout = 300;
            await checkpoint.ExecuteNonQueryAsync();
        }

        await using NpgsqlCommand command = source.CreateCommand($"SELECT position($1 IN pg_read_binary_file(pg_relation_filepath('{table}'))) > 0");
        command.Parameters.Add(new NpgsqlParameter { Value = bytes });
        return (bool)(await command.ExecuteScalarAsync())!;
    }
}

using System.Security.Cryptography;
using System.Text;
using Shouldly;
using StepCloud.Contracts.Audit;
using StepCloud.Storage;
using StepCloud.Storage.BackUp;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Sessions;

/// <summary>Refresh tokens that a restore has lost: a gateway comes in with one, once, and whoever comes with another is as suspicious as ever (docs/adr/0016).</summary>
public sealed class RestoredSessionTests : IAsyncLifetime
{
    private const string Gateways = "/gateway/api/v1";

    private readonly ApiServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_gateway_whose_token_was_lost_comes_in_and_goes_on()
    {
        string[] tokens = await RotateAsync(4);
        await RestoreAsync(tokens, kept: 1);

        string next = await RefreshAsync(tokens[4]);
        (await RefreshAsync(tokens[4])).ShouldBe(next, "the answer was lost, and is given again");
        await RefreshAsync(await RefreshAsync(next));
        (await CountAsync("session.continued_after_restore")).ShouldBe(1);
        (await CountAsync("session.reuse_detected")).ShouldBe(0);
        (await _server.Database.ScalarAsync<string>(
            "SELECT doer_kind || ' ' || (doer_id = (SELECT holder_id FROM session WHERE id = subject_id::uuid))::text FROM audit_entry WHERE action = 'session.continued_after_restore'"))
            .ShouldBe("gateway true");
    }

    [Fact]
    public async Task A_gateway_that_has_not_come_since_the_back_up_notices_nothing()
    {
        string[] tokens = await RotateAsync(1);
        await RestoreAsync(tokens, kept: 1);
        await RefreshAsync(await RefreshAsync(tokens[1]));
        (await CountAsync("session.continued_after_restore")).ShouldBe(0);
    }

    [Theory]
    // Whoever is second, and whichever of the tokens he has: the one that was not lost, or one that was.
    [InlineData(4, 3)]
    [InlineData(3, 4)]
    [InlineData(4, 1)]
    [InlineData(1, 4)]
    public async Task Of_two_who_hold_tokens_of_one_family_the_second_ends_it(int first, int second)
    {
        string[] tokens = await RotateAsync(4);
        await RestoreAsync(tokens, kept: 1);

        string next = await RefreshAsync(tokens[first]);
        next = await RefreshAsync(next);
        await TryAsync(tokens[second]).ShouldBeProblemAsync(401, "refresh_token_reused");
        await TryAsync(next).ShouldBeProblemAsync(401, "invalid_refresh_token");
        (await CountAsync("session.reuse_detected")).ShouldBe(1);
    }

    [Fact]
    public async Task Of_several_at_once_with_one_lost_token_all_get_the_same_answer_and_with_different_ones_the_session_ends()
    {
        string[] tokens = await RotateAsync(4);
        await RestoreAsync(tokens, kept: 1);
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => RefreshAsync(tokens[4])));
        answers.Distinct().ShouldHaveSingleItem();
        await TryAsync(tokens[2]).ShouldBeProblemAsync(401, "refresh_token_reused");
    }

    [Fact]
    public async Task Without_a_restore_a_token_that_is_not_stored_is_none()
    {
        string[] tokens = await RotateAsync(3);
        await ForgetAsync(tokens, kept: 1);
        await TryAsync(tokens[3]).ShouldBeProblemAsync(401, "invalid_refresh_token");
        await RefreshAsync(tokens[1]);
    }

    [Fact]
    public async Task What_was_issued_before_the_time_that_was_lost_is_none()
    {
        string[] tokens = await RotateAsync(3);
        await RestoreAsync(tokens, kept: 1, asOf: TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1));
        await TryAsync(tokens[3]).ShouldBeProblemAsync(401, "invalid_refresh_token");
        await RefreshAsync(tokens[1]);
    }

    [Fact]
    public async Task An_exchange_whose_answer_was_lost_with_the_installation_is_answered_again()
    {
        string[] tokens = await RotateAsync(1);
        await RestoreAsync(tokens, kept: 1);
        await _server.Database.ExecuteAsync("UPDATE refresh_token SET used_at = used_at - interval '3 min' WHERE used_at IS NOT NULL");
        // Older than a minute, and nobody has come since: the gateway never had an installation to ask again.
        string repeated = await RefreshAsync(tokens[0]);
        repeated.ShouldNotBeNullOrEmpty();
        (await CountAsync("session.reuse_detected")).ShouldBe(0);
    }

    [Fact]
    public async Task After_somebody_has_come_an_old_exchange_is_reuse_again()
    {
        string[] tokens = await RotateAsync(1);
        await RestoreAsync(tokens, kept: 1);
        await RefreshAsync(await RefreshAsync(tokens[1]));
        await TryAsync(tokens[0]).ShouldBeProblemAsync(401, "refresh_token_reused");
    }

    [Fact]
    public async Task A_proof_holds_for_its_own_token_alone()
    {
        string[] tokens = await RotateAsync(3);
        await RestoreAsync(tokens, kept: 1);
        string[] mine = tokens[3].Split('.'), other = tokens[2].Split('.');
        await TryAsync($"{mine[0]}.{other[1]}").ShouldBeProblemAsync(401, "invalid_refresh_token");
        await TryAsync(mine[0]).ShouldBeProblemAsync(401, "invalid_refresh_token");
        await TryAsync(tokens[3][..^1]).ShouldBeProblemAsync(401, "invalid_refresh_token");
        await TryAsync(tokens[3] + "A").ShouldBeProblemAsync(401, "invalid_refresh_token");
        await _server.Anonymous.TryRefreshAsync(tokens[3], "/api/v1").ShouldBeProblemAsync(401, "invalid_refresh_token");
        await RefreshAsync(tokens[3]);
    }

    [Fact]
    public async Task An_un_paired_gateway_stays_out_whatever_it_has()
    {
        TestGateway gateway = await _server.AddGatewayAsync();
        string[] tokens = await RotateAsync(3, gateway);
        await RestoreAsync(tokens, kept: 1);
        await _server.Database.ExecuteAsync("UPDATE gateway SET revoked_at = now() WHERE id = $1", gateway.Id.Value);
        await TryAsync(tokens[3]).ShouldBeProblemAsync(401, "invalid_refresh_token");
    }

    [Fact]
    public async Task People_sign_in_anew_and_each_end_is_in_the_audit()
    {
        Http.Tokens user = await _server.Anonymous.SignInAsync(_server.Own.OwnerEmail);
        int ended = await EnterRestoreAsync(TimeProvider.System.GetUtcNow());
        ended.ShouldBeGreaterThan(0);
        await _server.Anonymous.TryRefreshAsync(user.RefreshToken).ShouldBeProblemAsync(401, "invalid_refresh_token");
        (await _server.Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = 'session.ended' AND new_values ->> 'reason' = 'restored'")).ShouldBe(ended);
        await _server.Anonymous.SignInAsync(_server.Own.OwnerEmail);
    }

    /// <summary>A gateway's first token, and those that came of it.</summary>
    private async Task<string[]> RotateAsync(int times, TestGateway? gateway = null)
    {
        List<string> tokens = [(gateway ?? await _server.AddGatewayAsync()).Tokens.RefreshToken];
        for (int i = 0; i < times; i++) tokens.Add(await RefreshAsync(tokens[^1]));
        return [.. tokens];
    }

    /// <summary>The database is as it was when the token of that number was the newest.</summary>
    private async Task RestoreAsync(string[] tokens, int kept, DateTimeOffset? asOf = null)
    {
        await ForgetAsync(tokens, kept);
        await EnterRestoreAsync(asOf ?? TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1));
    }

    private async Task ForgetAsync(string[] tokens, int kept)
    {
        foreach (string token in tokens[(kept + 1)..]) await _server.Database.ExecuteAsync("DELETE FROM refresh_token WHERE hash = $1", HashOf(token));
        await _server.Database.ExecuteAsync("UPDATE refresh_token SET used_at = NULL, successor_hash = NULL WHERE hash = $1", HashOf(tokens[kept]));
    }

    private Task<int> EnterRestoreAsync(DateTimeOffset asOf) => new RestoredInstallation(new StepCloudDatabase(_server.Database.Source, TimeProvider.System), TimeProvider.System)
        .EnterRestoreAsync(AuditDoer.System("test"), asOf, manifest: null, CancellationToken.None);

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private Task<HttpResponseMessage> TryAsync(string token) => _server.Anonymous.TryRefreshAsync(token, Gateways);

    private async Task<string> RefreshAsync(string token) => (string)(await TryAsync(token).ShouldAnswerAsync(200))["refresh_token"]!;

    private Task<long> CountAsync(string action) => _server.Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = $1", action);
}

using Npgsql;
using Shouldly;
using StepCloud.Storage;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class SigningKeyStoreTests : StoreTests
{
    private SigningKeyStore Keys => new(Installation.Stores);

    [Fact]
    public async Task Of_processes_that_make_the_first_signing_key_at_once_one_does()
    {
        bool[] added = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => AddAsync($"key-{n}", Now, successorOf: null)));

        added.Count(first => first).ShouldBe(1);
        (await ListAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Of_processes_that_add_a_successor_at_once_one_does()
    {
        await AddAsync("first", Now, successorOf: null);
        bool[] added = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => AddAsync($"key-{n}", Now.AddHours(1), successorOf: "first")));

        added.Count(isFirst => isFirst).ShouldBe(1);
        (await ListAsync()).Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_key_comes_back_as_it_was_and_ends_when_its_successor_begins()
    {
        await AddAsync("first", Now, successorOf: null);
        (await AddAsync("second", Now.AddHours(1), successorOf: "first")).ShouldBeTrue();

        SigningKeyRow[] keys = await ListAsync();
        keys.Select(key => (key.KeyId, key.CreatedAt, key.SignsFrom, key.RetiredAt, key.RevokedAt)).ShouldBe(
            [("second", Now, Now.AddHours(1), null, null), ("first", Now, Now, Now.AddHours(1), null)]);
        keys[0].SealedPrivateKey.ShouldBe([1, 2, 3]);
        keys[0].PublicKeySpki.ShouldBe([4, 5]);
    }

    [Fact]
    public async Task A_successor_of_a_key_that_is_not_open_is_refused()
    {
        (await AddAsync("second", Now, successorOf: "first")).ShouldBeFalse();
        await AddAsync("first", Now, successorOf: null);
        (await AddAsync("second", Now, successorOf: null)).ShouldBeFalse();
        (await ListAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_key_that_was_to_sign_later_ends_when_another_is_put_before_it()
    {
        await AddAsync("first", Now, successorOf: null);
        await AddAsync("later", Now.AddHours(1), successorOf: "first");
        await AddAsync("now", Now, successorOf: "later");

        (await ListAsync()).Select(key => (key.KeyId, key.RetiredAt)).ShouldBe([("later", Now), ("now", null), ("first", Now)], ignoreOrder: true);
    }

    [Fact]
    public async Task When_the_key_that_signs_is_revoked_its_successor_begins_at_once()
    {
        await AddAsync("first", Now, successorOf: null);
        await AddAsync("second", Now.AddHours(1), successorOf: "first");
        (await Keys.RevokeAsync("first", Doer, Now.AddMinutes(5), CancellationToken.None)).ShouldBe(RevokeKeyOutcome.Revoked);

        SigningKeyRow[] keys = await ListAsync();
        keys.Select(key => (key.KeyId, key.SignsFrom, key.RevokedAt)).ShouldBe([("second", Now.AddMinutes(5), null), ("first", Now, Now.AddMinutes(5))]);
        keys[1].SealedPrivateKey.ShouldBeNull("it is destroyed");
        keys[0].SealedPrivateKey.ShouldNotBeNull();
    }

    [Fact]
    public async Task When_the_successor_is_revoked_the_key_that_signs_goes_on()
    {
        await AddAsync("first", Now, successorOf: null);
        await AddAsync("second", Now.AddHours(1), successorOf: "first");
        await Keys.RevokeAsync("second", Doer, Now.AddMinutes(5), CancellationToken.None);

        SigningKeyRow first = (await ListAsync()).Single(key => key.KeyId == "first");
        (first.SignsFrom, first.RetiredAt, first.RevokedAt).ShouldBe((Now, null, null));
    }

    [Fact]
    public async Task When_the_last_key_of_three_is_revoked_the_one_before_it_goes_on()
    {
        await AddAsync("first", Now, successorOf: null);
        await AddAsync("second", Now.AddHours(1), successorOf: "first");
        await AddAsync("third", Now.AddHours(2), successorOf: "second");
        await Keys.RevokeAsync("third", Doer, Now, CancellationToken.None);

        (await ListAsync()).Where(key => key.RevokedAt is null).Select(key => (key.KeyId, key.RetiredAt)).ShouldBe(
            [("second", null), ("first", Now.AddHours(1))]);
    }

    [Fact]
    public async Task When_the_only_key_is_revoked_there_is_room_for_a_new_first_one()
    {
        await AddAsync("first", Now, successorOf: null);
        await Keys.RevokeAsync("first", Doer, Now, CancellationToken.None);
        (await AddAsync("second", Now, successorOf: null)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_key_that_signs_no_more_is_revoked_without_any_other_change()
    {
        await AddAsync("first", Now, successorOf: null);
        await AddAsync("second", Now.AddHours(1), successorOf: "first");
        await AddAsync("third", Now.AddDays(30), successorOf: "second");
        SigningKeyRow[] before = await ListAsync();
        await Keys.RevokeAsync("first", Doer, Now.AddHours(2), CancellationToken.None);

        (await ListAsync()).Where(key => key.KeyId != "first").Select(key => (key.KeyId, key.SignsFrom, key.RetiredAt)).ShouldBe(
            before.Where(key => key.KeyId != "first").Select(key => (key.KeyId, key.SignsFrom, key.RetiredAt)));
    }

    [Fact]
    public async Task A_key_is_revoked_once_and_only_when_there_is_such_a_key()
    {
        await AddAsync("first", Now, successorOf: null);
        (await Keys.RevokeAsync("other", Doer, Now, CancellationToken.None)).ShouldBe(RevokeKeyOutcome.NoSuchKey);
        RevokeKeyOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Keys.RevokeAsync("first", Doer, Now.AddSeconds(n), CancellationToken.None)));
        outcomes.Count(outcome => outcome == RevokeKeyOutcome.Revoked).ShouldBe(1);
        outcomes.Count(outcome => outcome == RevokeKeyOutcome.RevokedBefore).ShouldBe(7);
    }

    [Fact]
    public async Task The_private_half_of_a_key_that_signs_no_more_is_destroyed_and_the_public_one_stays()
    {
        await AddAsync("first", Now, successorOf: null);
        await AddAsync("second", Now.AddHours(1), successorOf: "first");

        (await Keys.DestroyAsync(Now.AddHours(1), CancellationToken.None)).ShouldBe(0, "it ends then, and not before");
        (await Keys.DestroyAsync(Now.AddHours(2), CancellationToken.None)).ShouldBe(1);
        (await Keys.DestroyAsync(Now.AddHours(2), CancellationToken.None)).ShouldBe(0);
        (await ListAsync()).Select(key => (key.KeyId, key.SealedPrivateKey is null, key.PublicKeySpki.Length)).ShouldBe(
            [("second", false, 2), ("first", true, 2)]);
    }

    [Fact]
    public async Task What_an_older_version_left_in_plain_is_replaced_once()
    {
        await Database.ExecuteAsync(
            "INSERT INTO signing_key (kid, private_key_pkcs8, public_key_spki, created_at, signs_from) VALUES ('old', '\\x09', '\\x08', $1, $1)", Now);
        PlainSecret plain = (await Keys.ListPlainAsync(CancellationToken.None)).ShouldHaveSingleItem();
        plain.Name.ShouldBe("old");
        plain.Value.ShouldBe([9]);

        await Keys.ReplacePlainAsync("old", [7], CancellationToken.None);
        await Keys.ReplacePlainAsync("old", [6], CancellationToken.None);
        await Keys.RewriteAsync(CancellationToken.None);

        (await ListAsync()).ShouldHaveSingleItem().SealedPrivateKey.ShouldBe([7]);
        (await Keys.ListPlainAsync(CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_somebody_can_still_read_is_not_said_to_be_gone_before_he_is_through()
    {
        await using NpgsqlConnection reader = new(Database.ConnectionString);
        // Another table: a lock on this one would hold up the rewriting anyway.
        await ShouldHoldUpRewritingAsync(reader, "SELECT count(*) FROM server_secret");
    }

    [Fact]
    public async Task A_transaction_of_another_database_holds_the_rewriting_up_too()
    {
        // The cluster's administrator, in a database of his own: what he writes bounds what every later snapshot of the cluster takes for gone.
        await using NpgsqlConnection other = new(Database.AdministratorConnectionString);
        await ShouldHoldUpRewritingAsync(other, "SELECT pg_current_xact_id()::text");
    }

    [Fact]
    public async Task The_database_itself_refuses_a_second_open_key_and_a_revoked_one_that_could_sign()
    {
        await AddAsync("first", Now, successorOf: null);
        await ShouldBeRefusedAsync(
            PostgresErrorCodes.UniqueViolation,
            "INSERT INTO signing_key (kid, private_key_sealed, public_key_spki, created_at, signs_from) VALUES ('second', '\\x01', '\\x02', now(), now())");
        await ShouldBeRefusedAsync(PostgresErrorCodes.CheckViolation, "UPDATE signing_key SET revoked_at = now()");
        await ShouldBeRefusedAsync(PostgresErrorCodes.CheckViolation, "UPDATE signing_key SET private_key_pkcs8 = '\\x01'");
    }

    /// <summary>A transaction in which that was asked, before the keys were changed, and which goes on.</summary>
    private async Task ShouldHoldUpRewritingAsync(NpgsqlConnection connection, string asked)
    {
        await AddAsync("first", Now, successorOf: null);
        await connection.OpenAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await using (NpgsqlCommand command = new(asked, connection, transaction)) await command.ExecuteScalarAsync();
        await Database.ExecuteAsync("UPDATE signing_key SET private_key_sealed = '\\x07'");

        Task<bool> rewriting = Keys.RewriteAsync(CancellationToken.None);
        await Task.Delay(300);
        rewriting.IsCompleted.ShouldBeFalse();
        await transaction.CommitAsync();
        (await rewriting).ShouldBeTrue();
    }

    private async Task ShouldBeRefusedAsync(string state, string sql) =>
        (await Should.ThrowAsync<PostgresException>(() => Database.ExecuteAsync(sql))).SqlState.ShouldBe(state);

    private async Task<SigningKeyRow[]> ListAsync() => [.. await Keys.ListAsync(CancellationToken.None)];

    private Task<bool> AddAsync(string id, DateTimeOffset signsFrom, string? successorOf) =>
        Keys.AddAsync(new SigningKeyRow(id, [1, 2, 3], [4, 5], Now, signsFrom), successorOf, Doer, CancellationToken.None);
}

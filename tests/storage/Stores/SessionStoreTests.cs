using System.Security.Cryptography;
using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class SessionStoreTests : StoreTests
{
    private static readonly SessionOrigin Origin = new("192.0.2.7", "test");

    private SessionStore Sessions => new(Installation.Stores);

    private Guid Gateway => Organization.Gateway.Id.Value;

    [Fact]
    public async Task A_new_session_is_open_and_its_token_unused()
    {
        NewSession session = await OpenAsync();

        RefreshTokenRecord token = (await FindAsync(session.TokenHash)).ShouldNotBeNull();

        token.ShouldBe(new RefreshTokenRecord(
            session.Id, HolderKind.Gateway, Gateway, session.ExpiresAt, UsedAt: null, IsLastUsed: false, session.EndsAt, SessionEnded: false, session.By));
        (await IsOpenAsync(session)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_token_that_was_never_issued_is_not_found() => (await FindAsync(NewHash())).ShouldBeNull();

    [Fact]
    public async Task A_rotation_marks_the_token_and_adds_its_successor()
    {
        NewSession session = await OpenAsync();
        TokenRotation rotation = Rotation(session, session.TokenHash);

        (await RotateAsync(rotation)).ShouldBeTrue();

        RefreshTokenRecord used = (await FindAsync(session.TokenHash)).ShouldNotBeNull();
        (used.UsedAt, used.IsLastUsed).ShouldBe((rotation.At, true));
        RefreshTokenRecord successor = (await FindAsync(rotation.SuccessorHash)).ShouldNotBeNull();
        (successor.UsedAt, successor.ExpiresAt).ShouldBe((null, rotation.ExpiresAt));
    }

    [Fact]
    public async Task Only_the_token_before_the_newest_is_the_last_used()
    {
        NewSession session = await OpenAsync();
        TokenRotation first = Rotation(session, session.TokenHash);
        await RotateAsync(first);
        await RotateAsync(Rotation(session, first.SuccessorHash));

        (await FindAsync(session.TokenHash))!.IsLastUsed.ShouldBeFalse();
        (await FindAsync(first.SuccessorHash))!.IsLastUsed.ShouldBeTrue();
    }

    [Fact]
    public async Task Of_rotations_that_race_for_one_token_one_wins()
    {
        for (int round = 0; round < 20; round++)
        {
            NewSession session = await OpenAsync();

            bool[] won = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RotateAsync(Rotation(session, session.TokenHash))));

            won.Count(one => one).ShouldBe(1);
            (await Database.ScalarAsync<long>("SELECT count(*) FROM refresh_token WHERE session_id = $1", session.Id.Value)).ShouldBe(2);
        }
    }

    [Fact]
    public async Task Two_retries_that_race_with_the_same_successor_leave_one()
    {
        NewSession session = await OpenAsync();
        TokenRotation rotation = Rotation(session, session.TokenHash);

        (await Task.WhenAll(RotateAsync(rotation), RotateAsync(rotation))).Order().ShouldBe([false, true]);
        (await FindAsync(session.TokenHash))!.IsLastUsed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_rotation_in_a_session_that_ended_writes_nothing()
    {
        NewSession session = await OpenAsync();
        (await EndAsync(session)).ShouldBeTrue();

        (await RotateAsync(Rotation(session, session.TokenHash))).ShouldBeFalse();

        (await FindAsync(session.TokenHash)).ShouldNotBeNull().ShouldSatisfyAllConditions(
            token => token.UsedAt.ShouldBeNull(), token => token.SessionEnded.ShouldBeTrue());
        (await IsOpenAsync(session)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_rotation_that_races_with_the_end_of_its_session_is_either_before_it_or_not_at_all()
    {
        for (int round = 0; round < 20; round++)
        {
            NewSession session = await OpenAsync();
            await using Npgsql.NpgsqlConnection connection = await Database.Source.OpenConnectionAsync();
            await using Npgsql.NpgsqlTransaction ending = await connection.BeginTransactionAsync();
            await using Npgsql.NpgsqlCommand end = new("UPDATE session SET ended_at = now(), end_reason = 'test' WHERE id = $1", connection)
            {
                Parameters = { new Npgsql.NpgsqlParameter { Value = session.Id.Value } },
            };
            await end.ExecuteNonQueryAsync();

            // The end is written and not committed: the rotation has to wait for it, and then finds the session ended.
            Task<bool> rotation = RotateAsync(Rotation(session, session.TokenHash));
            await Task.Delay(20);
            await ending.CommitAsync();

            (await rotation).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task A_holder_who_may_have_one_session_has_one_even_when_two_begin_at_once()
    {
        NewSession before = await OpenAsync();
        NewSession[] sessions = [.. Enumerable.Range(0, 6).Select(_ => NewSession(HolderKind.Gateway, Gateway))];

        await Task.WhenAll(sessions.Select(session => Sessions.CreateAsync(session, endOthers: true, Doer, CancellationToken.None)));

        (await IsOpenAsync(before)).ShouldBeFalse();
        bool[] open = await Task.WhenAll(sessions.Select(IsOpenAsync));
        open.Count(one => one).ShouldBe(1);
    }

    [Fact]
    public async Task A_users_sessions_stand_side_by_side()
    {
        NewSession[] sessions = [NewSession(HolderKind.User, Organization.Owner.Value), NewSession(HolderKind.User, Organization.Owner.Value)];
        foreach (NewSession session in sessions)
            await Sessions.CreateAsync(session, endOthers: false, Doer, CancellationToken.None);

        (await Task.WhenAll(sessions.Select(IsOpenAsync))).ShouldBe([true, true]);
    }

    [Fact]
    public async Task A_session_is_ended_once_and_only_for_its_holder()
    {
        NewSession session = await OpenAsync();

        (await Sessions.EndAsync(session.Id, HolderKind.Gateway, Organization.Owner.Value, "test", Now, Doer, CancellationToken.None)).ShouldBeFalse();
        (await Sessions.EndAsync(session.Id, HolderKind.User, Gateway, "test", Now, Doer, CancellationToken.None)).ShouldBeFalse();
        (await EndAsync(session)).ShouldBeTrue();
        (await EndAsync(session)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_session_is_not_open_past_its_end()
    {
        NewSession session = NewSession(HolderKind.User, Organization.Owner.Value) with { EndsAt = Now.AddDays(1) };
        await Sessions.CreateAsync(session, endOthers: false, Doer, CancellationToken.None);

        (await Sessions.IsOpenAsync(session.Id, Now.AddDays(1).AddSeconds(-1), CancellationToken.None)).ShouldBeTrue();
        (await Sessions.IsOpenAsync(session.Id, Now.AddDays(1), CancellationToken.None)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(HolderKind.Gateway, "UPDATE gateway SET revoked_at = now()")]
    [InlineData(HolderKind.User, "UPDATE app_user SET disabled_at = now()")]
    public async Task A_session_is_not_open_when_its_holder_is_shut_out(HolderKind kind, string shutOut)
    {
        NewSession session = NewSession(kind, kind == HolderKind.Gateway ? Gateway : Organization.Owner.Value);
        await Sessions.CreateAsync(session, endOthers: false, Doer, CancellationToken.None);
        (await IsOpenAsync(session)).ShouldBeTrue();

        await Database.ExecuteAsync(shutOut);

        (await IsOpenAsync(session)).ShouldBeFalse();
    }

    private async Task<NewSession> OpenAsync()
    {
        NewSession session = NewSession(HolderKind.Gateway, Gateway);
        await Sessions.CreateAsync(session, endOthers: false, Doer, CancellationToken.None);
        return session;
    }

    private static NewSession NewSession(HolderKind kind, Guid holder) =>
        new(SessionId.New(TimeProvider.System), kind, holder, NewHash(), Now, Now.AddDays(90), EndsAt: null, SessionStarts.Pairing, Origin);

    private static TokenRotation Rotation(NewSession session, byte[] used) =>
        new(session.Id, used, NewHash(), Now.AddMinutes(5), Now.AddDays(91), Origin);

    private static byte[] NewHash() => RandomNumberGenerator.GetBytes(32);

    private Task<RefreshTokenRecord?> FindAsync(byte[] hash) => Sessions.FindTokenAsync(hash, CancellationToken.None);

    private Task<bool> RotateAsync(TokenRotation rotation) => Sessions.RotateAsync(rotation, CancellationToken.None);

    private Task<bool> EndAsync(NewSession session) =>
        Sessions.EndAsync(session.Id, session.HolderKind, session.Holder, "test", Now, Doer, CancellationToken.None);

    private Task<bool> IsOpenAsync(NewSession session) => Sessions.IsOpenAsync(session.Id, Now.AddHours(1), CancellationToken.None);
}

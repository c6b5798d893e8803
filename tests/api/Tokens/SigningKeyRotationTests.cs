using System.Globalization;
using Microsoft.Extensions.Options;
using Shouldly;
using StepCloud.Api.Tokens;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Tokens;

/// <summary>A key's way from its publication to its end, on a clock that the test turns.</summary>
public sealed class SigningKeyRotationTests
{
    private static readonly SigningKeyOptions Schedule = new();

    private static readonly TimeSpan TokenLifetime = TokenRig.TokenOptions.Lifetime;

    private readonly MemorySigningKeyStore _store = new();
    private readonly FakeClock _clock = new();

    private SigningKeyRotation Rotation => new(_store, Options.Create(Schedule), _clock);

    [Fact]
    public async Task A_successor_is_published_ahead_signs_at_its_time_and_the_old_key_verifies_until_its_last_token_has_expired()
    {
        TokenRig rig = await StartAsync();
        string old = rig.Keys.Current.KeyId;

        StoredSigningKey next = (await Rotation.RotateAsync(signsAtOnce: false, CancellationToken.None)).ShouldNotBeNull();
        await rig.Keys.LoadAsync(CancellationToken.None);
        Published(rig).ShouldBe([old, next.KeyId]);
        KidOf(rig.Issue()).ShouldBe(old);

        // The ring needs no load for what the clock alone changes.
        _clock.Advance(Schedule.PublishAhead - TimeSpan.FromTicks(1));
        string last = rig.Issue();
        KidOf(last).ShouldBe(old);
        _clock.Advance(TimeSpan.FromTicks(1));
        KidOf(rig.Issue()).ShouldBe(next.KeyId);
        Published(rig).ShouldBe([next.KeyId, old]);

        _clock.Advance(TokenLifetime - TimeSpan.FromSeconds(2));
        rig.ShouldAccept(last);
        _clock.Advance(SigningKeyLife.Lag + TimeSpan.FromSeconds(2));
        Published(rig).ShouldBe([next.KeyId]);
        rig.ShouldRefuse(last, AccessTokenFault.UnknownKey);
        await rig.Keys.LoadAsync(CancellationToken.None);
        rig.ShouldAccept(rig.Issue());
    }

    [Fact]
    public async Task The_schedule_rotates_when_the_time_of_the_key_is_over_and_not_before()
    {
        TokenRig rig = await StartAsync();
        _clock.Advance(Schedule.RotateEvery - Schedule.PublishAhead - TimeSpan.FromTicks(1));
        (await Rotation.TendAsync(CancellationToken.None)).ShouldBeNull();

        _clock.Advance(TimeSpan.FromTicks(1));
        StoredSigningKey next = (await Rotation.TendAsync(CancellationToken.None)).ShouldNotBeNull();
        (await Rotation.TendAsync(CancellationToken.None)).ShouldBeNull("its successor is there");

        next.Life.SignsFrom.ShouldBe(FakeClock.Start + Schedule.RotateEvery);
        await rig.Keys.LoadAsync(CancellationToken.None);
        _clock.Advance(Schedule.PublishAhead);
        rig.Keys.Current.KeyId.ShouldBe(next.KeyId);
    }

    [Fact]
    public async Task A_server_that_slept_over_the_time_publishes_the_successor_for_as_long_as_ever()
    {
        TokenRig rig = await StartAsync();
        _clock.Advance(Schedule.RotateEvery * 3);
        StoredSigningKey next = (await Rotation.TendAsync(CancellationToken.None)).ShouldNotBeNull();
        next.Life.SignsFrom.ShouldBe(_clock.GetUtcNow() + Schedule.PublishAhead);
        await rig.Keys.LoadAsync(CancellationToken.None);
        rig.Keys.Current.KeyId.ShouldNotBe(next.KeyId);
    }

    [Fact]
    public async Task Of_processes_that_rotate_at_once_one_makes_the_key()
    {
        await StartAsync();
        _clock.Advance(Schedule.RotateEvery);
        using Barrier bothHaveRead = new(2);
        int lists = 0;
        _store.AfterList = async () =>
        {
            if (Interlocked.Increment(ref lists) <= 2)
                await Task.Run(() => bothHaveRead.SignalAndWait(TimeSpan.FromSeconds(30)).ShouldBeTrue());
        };

        StoredSigningKey?[] made = await Task.WhenAll(Rotation.TendAsync(CancellationToken.None), Rotation.TendAsync(CancellationToken.None));

        made.Count(key => key is not null).ShouldBe(1);
        _store.Keys.Count.ShouldBe(2);
    }

    [Fact]
    public async Task In_an_emergency_the_new_key_signs_at_once_and_one_that_was_to_sign_never_does()
    {
        TokenRig rig = await StartAsync();
        string token = rig.Issue();
        StoredSigningKey waiting = (await Rotation.RotateAsync(signsAtOnce: false, CancellationToken.None)).ShouldNotBeNull();
        _clock.Advance(TimeSpan.FromMinutes(1));
        StoredSigningKey next = (await Rotation.RotateAsync(signsAtOnce: true, CancellationToken.None)).ShouldNotBeNull();
        await rig.Keys.LoadAsync(CancellationToken.None);

        rig.Keys.Current.KeyId.ShouldBe(next.KeyId);
        rig.ShouldAccept(token);
        _clock.Advance(Schedule.PublishAhead * 2);
        rig.Keys.Current.KeyId.ShouldBe(next.KeyId);
        Published(rig).ShouldNotContain(waiting.KeyId);
    }

    [Fact]
    public async Task A_private_key_is_destroyed_when_it_signs_no_more_and_its_public_half_still_verifies()
    {
        TokenRig rig = await StartAsync();
        string token = rig.Issue();
        await Rotation.RotateAsync(signsAtOnce: true, CancellationToken.None);
        await Rotation.TendAsync(CancellationToken.None);
        _store.Keys.ShouldAllBe(key => key.Pkcs8 != null, "another process may not have heard of it yet");

        _clock.Advance(SigningKeyLife.Lag + TimeSpan.FromTicks(1));
        await Rotation.TendAsync(CancellationToken.None);
        _store.Keys.Select(key => key.Pkcs8 is null).ShouldBe([true, false]);
        await rig.Keys.LoadAsync(CancellationToken.None);
        rig.ShouldAccept(token);
    }

    [Fact]
    public async Task A_revoked_key_verifies_nothing_from_the_next_load_on_and_a_new_one_signs()
    {
        TokenRig rig = await StartAsync();
        string token = rig.Issue();
        _store.Revoke(rig.Keys.Current.KeyId, _clock.GetUtcNow());
        await rig.Keys.LoadAsync(CancellationToken.None);

        rig.ShouldRefuse(token, AccessTokenFault.UnknownKey);
        rig.ShouldAccept(rig.Issue());
        Published(rig).ShouldBe([rig.Keys.Current.KeyId]);
        rig.Keys.UnknownKeyAsked.IsCompleted.ShouldBeFalse("a revoked key is known");
    }

    [Fact]
    public async Task A_key_that_the_ring_does_not_know_is_asked_for()
    {
        TokenRig rig = await StartAsync();
        Task asked = rig.Keys.UnknownKeyAsked;
        StoredSigningKey next = (await Rotation.RotateAsync(signsAtOnce: true, CancellationToken.None)).ShouldNotBeNull();

        rig.Keys.Find(rig.Keys.Current.KeyId).ShouldNotBeNull();
        asked.IsCompleted.ShouldBeFalse();
        rig.Keys.Find(next.KeyId).ShouldBeNull();
        asked.IsCompleted.ShouldBeTrue();
        await rig.Keys.LoadAsync(CancellationToken.None);
        rig.Keys.Find(next.KeyId).ShouldNotBeNull();
        rig.Keys.UnknownKeyAsked.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_load_that_began_earlier_never_brings_a_revoked_key_back()
    {
        TokenRig rig = await StartAsync();
        string token = rig.Issue();
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.AfterList = () => held.Task;
        Task earlier = rig.Keys.LoadAsync(CancellationToken.None);
        _store.Revoke(rig.Keys.Current.KeyId, _clock.GetUtcNow());
        _store.AfterList = () => Task.CompletedTask;
        Task later = rig.Keys.LoadAsync(CancellationToken.None);
        held.SetResult();
        await Task.WhenAll(earlier, later);

        rig.ShouldRefuse(token, AccessTokenFault.UnknownKey);
    }

    [Fact]
    public async Task A_process_whose_clock_is_behind_signs_with_the_first_key_of_one_that_is_ahead()
    {
        TokenRig ahead = await TokenRig.CreateAsync(_store, new FakeClock(FakeClock.Start.AddSeconds(5)));
        TokenRig behind = await StartAsync();
        behind.Keys.Current.KeyId.ShouldBe(ahead.Keys.Current.KeyId);
    }

    [Theory]
    [InlineData("00:59:59", "00:05:00", "00:01:00", nameof(SigningKeyOptions.RotateEvery))]
    [InlineData("30.00:00:00", "00:04:59", "00:01:00", nameof(SigningKeyOptions.PublishAhead))]
    [InlineData("30.00:00:00", "01:00:00", "00:02:01", nameof(SigningKeyOptions.ReloadEvery))]
    [InlineData("30.00:00:00", "01:00:00", "00:00:00", nameof(SigningKeyOptions.ReloadEvery))]
    [InlineData("06:00:00", "06:00:00", "00:01:00", nameof(SigningKeyOptions.PublishAhead))]
    public void A_schedule_out_of_range_is_refused_at_start(string every, string ahead, string reload, string fault) =>
        Validation.Faults(new SigningKeyOptions
        {
            RotateEvery = TimeSpan.Parse(every, CultureInfo.InvariantCulture),
            PublishAhead = TimeSpan.Parse(ahead, CultureInfo.InvariantCulture),
            ReloadEvery = TimeSpan.Parse(reload, CultureInfo.InvariantCulture),
        }).ShouldContain(fault);

    [Fact]
    public void The_default_schedule_is_in_range_and_outlasts_a_process_that_reads_the_keys_late()
    {
        Validation.Faults(new SigningKeyOptions()).ShouldBeEmpty();
        SigningKeyLife.Lag.ShouldBeGreaterThan(TimeSpan.FromMinutes(2), "the longest that ReloadEvery may be");
    }

    private Task<TokenRig> StartAsync() => TokenRig.CreateAsync(_store, _clock);

    private static string[] Published(TokenRig rig) => [.. rig.Keys.Published.Keys.Select(key => key.KeyId)];

    private static string? KidOf(string token) => TokenRig.Part(token, 0).GetProperty("kid").GetString();
}

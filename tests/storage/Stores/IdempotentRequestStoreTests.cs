using Shouldly;
using StepCloud.Storage;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class IdempotentRequestStoreTests : StoreTests
{
    private static readonly TimeSpan AnsweringMax = TimeSpan.FromMinutes(2);

    private static readonly byte[] Hash = new byte[32];

    private readonly Guid _holder = Guid.NewGuid();

    private IdempotentRequestStore Requests => new(Installation.Stores, Installation.Clock);

    [Fact]
    public async Task Of_many_who_claim_at_once_one_gets_it()
    {
        IdempotentClaim[] claims = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => ClaimAsync()));
        claims.Count(claim => claim is IdempotentClaim.Yours).ShouldBe(1);
        claims.Count(claim => claim is IdempotentClaim.InProgress).ShouldBe(29);
    }

    [Fact]
    public async Task A_key_that_is_released_while_others_claim_it_is_one_s_at_a_time()
    {
        int holders = 0, most = 0, got = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (int i = 0; i < 25; i++)
            {
                if (await ClaimAsync() is not IdempotentClaim.Yours) continue;
                Interlocked.Increment(ref got);
                most = Math.Max(most, Interlocked.Increment(ref holders));
                Interlocked.Decrement(ref holders);
                await Requests.ReleaseAsync(_holder, "k", CancellationToken.None);
            }
        }));
        most.ShouldBe(1);
        got.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task An_answer_is_kept_for_a_day_and_then_swept()
    {
        (await ClaimAsync()).ShouldBeOfType<IdempotentClaim.Yours>();
        await Requests.KeepAsync(_holder, "k", 201, [1, 2, 3], CancellationToken.None);
        // It is kept once: who comes late changes nothing.
        await Requests.KeepAsync(_holder, "k", 200, [9], CancellationToken.None);
        await Requests.ReleaseAsync(_holder, "k", CancellationToken.None);
        IdempotentClaim.Answered answered = (await ClaimAsync()).ShouldBeOfType<IdempotentClaim.Answered>();
        (answered.Status, answered.Answer[2]).ShouldBe((201, (byte)3));

        Installation.Clock.Advance(IdempotentRequestStore.Memory);
        await Requests.SweepAsync(CancellationToken.None);
        (await CountAsync()).ShouldBe(1);
        Installation.Clock.Advance(TimeSpan.FromSeconds(1));
        await Requests.SweepAsync(CancellationToken.None);
        (await CountAsync()).ShouldBe(0);
        (await ClaimAsync()).ShouldBeOfType<IdempotentClaim.Yours>();
    }

    [Fact]
    public async Task A_claim_that_nobody_answers_is_in_doubt_after_the_longest_that_one_takes()
    {
        await ClaimAsync();
        (await ClaimAsync()).ShouldBeOfType<IdempotentClaim.InProgress>();
        Installation.Clock.Advance(AnsweringMax);
        (await ClaimAsync()).ShouldBeOfType<IdempotentClaim.InDoubt>();
        Installation.Clock.Advance(IdempotentRequestStore.Memory);
        (await ClaimAsync()).ShouldBeOfType<IdempotentClaim.Yours>();
    }

    private Task<IdempotentClaim> ClaimAsync() => Requests.ClaimAsync(_holder, "k", Hash, AnsweringMax, CancellationToken.None);

    private Task<long> CountAsync() => Database.ScalarAsync<long>("SELECT count(*) FROM idempotent_request WHERE holder_id = $1", _holder);
}

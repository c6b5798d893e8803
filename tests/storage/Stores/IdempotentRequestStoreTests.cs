using Shouldly;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class IdempotentRequestStoreTests : StoreTests
{
    private static readonly TimeSpan AnsweringMax = TimeSpan.FromMinutes(2);

    private static readonly byte[] Hash = new byte[32];

    private readonly Guid _holder = Guid.NewGuid();

    private IdempotentRequestStore? _requests;

    /// <summary>A process has one.</summary>
    private IdempotentRequestStore Requests => _requests ??= NewProcess();

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
                if (await ClaimAsync() is not IdempotentClaim.Yours claim) continue;
                Interlocked.Increment(ref got);
                most = Math.Max(most, Interlocked.Increment(ref holders));
                Interlocked.Decrement(ref holders);
                await Requests.ReleaseAsync(claim.Request, CancellationToken.None);
            }
        }));
        most.ShouldBe(1);
        got.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task An_answer_is_kept_for_a_day_and_then_swept()
    {
        ClaimedRequest mine = await ClaimedAsync(Requests, inOneTransaction: false);
        await Requests.KeepAsync(mine, 201, [1, 2, 3], CancellationToken.None);
        // It is kept once: who comes late changes nothing.
        await Requests.KeepAsync(mine, 200, [9], CancellationToken.None);
        await Requests.ReleaseAsync(mine, CancellationToken.None);
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

    [Fact]
    public async Task What_another_process_has_claimed_and_not_answered_is_taken_over_where_the_work_keeps_its_answer()
    {
        IdempotentRequestStore dead = NewProcess();
        ClaimedRequest theirs = await ClaimedAsync(dead, inOneTransaction: true);
        (await ClaimAsync(dead, inOneTransaction: true)).ShouldBeOfType<IdempotentClaim.InProgress>("it is its own, and it lives");
        byte[] otherHash = [.. Enumerable.Repeat((byte)1, 32)];
        (await Requests.ClaimAsync(_holder, "k", otherHash, true, AnsweringMax, CancellationToken.None)).ShouldBeOfType<IdempotentClaim.OtherRequest>();
        ClaimedRequest mine = await ClaimedAsync(Requests, inOneTransaction: true);
        (await ClaimAsync(Requests, inOneTransaction: true)).ShouldBeOfType<IdempotentClaim.InProgress>();

        // The other one hung, and goes on.
        await Should.ThrowAsync<ClaimLostException>(() => WorkAsync(theirs, "lost"));
        await dead.KeepAsync(theirs, 201, [6], CancellationToken.None);
        await dead.ReleaseAsync(theirs, CancellationToken.None);
        await WorkAsync(mine, "done");
        (await ClaimAsync(dead, inOneTransaction: true)).ShouldBeOfType<IdempotentClaim.Answered>().Answer.ShouldBe([7]);
        (await Database.ScalarAsync<string>("SELECT string_agg(name, ',') FROM manufacturer WHERE name IN ('lost', 'done')")).ShouldBe("done");
    }

    [Fact]
    public async Task A_claim_whose_transaction_is_being_committed_is_waited_for_and_not_taken_over()
    {
        ClaimedRequest theirs = await ClaimedAsync(NewProcess(), inOneTransaction: true);
        Task<IdempotentClaim>? claim = null;
        await Installation.Stores.InTransactionAsync(
            async transaction =>
            {
                await Answer(theirs).KeepAsync(transaction, true, CancellationToken.None);
                claim = ClaimAsync(Requests, inOneTransaction: true);
                await Eventually.HoldsAsync(
                    async () => await Database.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 1,
                    "it waits");
                return true;
            },
            CancellationToken.None);
        (await claim!).ShouldBeOfType<IdempotentClaim.Answered>().Status.ShouldBe(201);
    }

    [Fact]
    public async Task What_another_process_has_begun_that_keeps_no_answer_with_its_work_is_not_taken_over()
    {
        await ClaimedAsync(NewProcess(), inOneTransaction: false);
        (await ClaimAsync()).ShouldBeOfType<IdempotentClaim.InProgress>();
        Installation.Clock.Advance(AnsweringMax);
        (await ClaimAsync()).ShouldBeOfType<IdempotentClaim.InDoubt>();
    }

    [Fact]
    public async Task What_this_process_never_answered_is_taken_over_after_the_longest_that_one_takes_where_the_work_keeps_its_answer()
    {
        ClaimedRequest old = await ClaimedAsync(Requests, inOneTransaction: true);
        Installation.Clock.Advance(AnsweringMax + TimeSpan.FromSeconds(1));
        await ClaimedAsync(Requests, inOneTransaction: true);
        await Should.ThrowAsync<ClaimLostException>(() => WorkAsync(old, "late"));
    }

    private static AnswerInTransaction<bool> Answer(ClaimedRequest request) => new(request, _ => Task.FromResult((201, new byte[] { 7 })));

    private IdempotentRequestStore NewProcess() => new(Installation.Stores, Installation.Clock);

    private Task<bool> WorkAsync(ClaimedRequest request, string name) => Installation.Stores.InTransactionAsync(
        async transaction =>
        {
            await transaction.ExecuteAsync(
                new Sql("INSERT INTO manufacturer (id, name) VALUES ($1, $2)", Guid.NewGuid(), name), CancellationToken.None);
            await Answer(request).KeepAsync(transaction, true, CancellationToken.None);
            return true;
        },
        CancellationToken.None);

    private async Task<ClaimedRequest> ClaimedAsync(IdempotentRequestStore process, bool inOneTransaction) =>
        (await ClaimAsync(process, inOneTransaction)).ShouldBeOfType<IdempotentClaim.Yours>().Request;

    private Task<IdempotentClaim> ClaimAsync() => ClaimAsync(Requests, inOneTransaction: false);

    private Task<IdempotentClaim> ClaimAsync(IdempotentRequestStore process, bool inOneTransaction) =>
        process.ClaimAsync(_holder, "k", Hash, inOneTransaction, AnsweringMax, CancellationToken.None);

    private Task<long> CountAsync() => Database.ScalarAsync<long>("SELECT count(*) FROM idempotent_request WHERE holder_id = $1", _holder);
}

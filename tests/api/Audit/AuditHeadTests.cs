using Shouldly;
using StepCloud.Api.Audit;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Audit;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Audit;

[Collection(ApiTests.Name)]
public sealed class AuditHeadTests(ApiServer server)
{
    [Fact]
    public async Task Every_day_has_one_head_of_each_chain()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 1);
        (await CountDueAsync(chain)).ShouldBe(1);
        (await CountDueAsync(chain)).ShouldBe(0);
        chain.Clock.Advance(TimeSpan.FromHours(16.8));
        (await CountDueAsync(chain)).ShouldBe(0, "it is the same day, 23:56");
        chain.Clock.Advance(TimeSpan.FromHours(0.2));
        (await CountDueAsync(chain)).ShouldBe(1, "it is the next");
        (await chain.VerifyAsync()).Heads.ShouldBe(2);
    }

    [Fact]
    public async Task The_server_signs_by_itself_when_it_has_begun() =>
        await Eventually.HoldsAsync(
            async () => await server.Database.ScalarAsync<long>("SELECT count(*) FROM audit_head WHERE signed_at < now() + interval '1 day'") > 0,
            "the server signs the heads of its chains");

    [Fact]
    public async Task A_head_says_what_it_is_and_is_no_access_token()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 3);
        AuditHead head = await chain.SignAsync();

        AuditHead read = AuditHeadToken.Read(head.Jws).ShouldNotBeNull();
        (read.Organization, read.Sequence, read.SignedAt, read.KeyId).ShouldBe((chain.Organization, 3, chain.Clock.GetUtcNow(), head.KeyId));
        read.Hash.ShouldBe((await chain.FindAsync(3)).Hash);
        server.Service<AccessTokenVerifier>().Verify(head.Jws).ShouldBe(new AccessTokenOutcome.Invalid(AccessTokenFault.WrongType));
        await server.With(head.Jws).GetAsync("/api/v1/audit").ShouldBeProblemAsync(401, "invalid_token");
    }

    [Fact]
    public async Task An_access_token_and_rubbish_are_no_heads()
    {
        AuditHeadToken.Read((await server.OwnerAsync()).Token!).ShouldBeNull();
        foreach (string text in new[] { "", "x", "a.b.c", "e30.e30.e30", "....", new string('a', 10_000) }) AuditHeadToken.Read(text).ShouldBeNull();
    }

    [Fact]
    public async Task A_head_of_a_retired_key_still_counts_and_one_of_no_key_does_not()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 2);
        AuditHead head = await chain.SignAsync();
        await server.Database.ExecuteAsync("UPDATE signing_key SET retired_at = now()");
        try
        {
            (await chain.VerifyAsync()).ShouldSatisfyAllConditions(verdict => verdict.Heads.ShouldBe(1), verdict => verdict.Fault.ShouldBeNull());
        }
        finally
        {
            await server.Database.ExecuteAsync("UPDATE signing_key SET retired_at = NULL");
        }

        AuditHeadToken.FaultOf(head, new Dictionary<string, byte[]>()).ShouldNotBeNull().ShouldContain("no key");
        AuditHeadToken.FaultOf(head, new Dictionary<string, byte[]> { [head.KeyId] = SigningKey.Generate().ExportSpki() })
            .ShouldNotBeNull().ShouldContain("another one");
        AuditHeadToken.FaultOf(head, new Dictionary<string, byte[]> { [head.KeyId] = [1, 2, 3] }).ShouldNotBeNull().ShouldContain("damaged");
    }

    [Theory]
    [InlineData("sequence = 1")]
    [InlineData("hash = sha256('x')")]
    [InlineData("signed_at = signed_at + interval '1 second'")]
    [InlineData("kid = 'another'")]
    [InlineData("jws = left(jws, -8) || 'AAAAAAAA'")]
    [InlineData("jws = 'x'")]
    public async Task A_head_that_was_changed_does_not_count(string change)
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 2);
        await chain.SignAsync();
        await chain.TamperAsync($"UPDATE audit_head SET {change} WHERE chain_id = $1");
        (await chain.FaultAsync()).Code.ShouldBe(AuditFaults.BadHead);
    }

    [Fact]
    public async Task A_head_that_whoever_may_insert_has_made_up_does_not_count()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 2);
        AuditHead head = await chain.SignAsync();
        await server.Database.ExecuteAsync(
            "INSERT INTO audit_head (chain_id, signed_at, sequence, hash, kid, jws) VALUES ($1, now(), 99, sha256('x'), $2, $3)",
            chain.Organization.Value, head.KeyId, head.Jws);
        AuditFault fault = await chain.FaultAsync();
        (fault.First, fault.Code).ShouldBe((99, AuditFaults.BadHead));
    }

    private static async Task<int> CountDueAsync(AuditChainRig chain) =>
        (await chain.Signer.SignDueAsync(CancellationToken.None)).Count(head => head.Organization == chain.Organization);
}

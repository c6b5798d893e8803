using Shouldly;
using StepCloud.Api.Audit;
using StepCloud.Contracts.Audit;
using StepCloud.Storage;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Audit;

/// <summary>Whatever somebody with all rights does to a chain, the verifier names the first broken entry.</summary>
[Collection(ApiTests.Name)]
public sealed class AuditTamperTests(ApiServer server)
{
    [Fact]
    public async Task A_chain_that_nobody_touched_is_whole()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 5);
        await chain.SignAsync();
        await chain.AppendAsync();
        await chain.SignAsync();
        await chain.AppendAsync();

        (await chain.VerifyAsync()).ShouldBe(new ChainVerdict(chain.Organization, Entries: 7, Heads: 2, SignedUntil: 6, Fault: null));
    }

    [Theory]
    [InlineData("at = at + interval '1 microsecond'")]
    [InlineData("doer_kind = 'system'")]
    [InlineData("doer_id = NULL")]
    [InlineData("doer_id = gen_random_uuid()")]
    [InlineData("remote_address = agent, agent = remote_address")]
    [InlineData("agent = agent || ' '")]
    [InlineData("action = 'thing.read'")]
    [InlineData("subject_kind = 'device'")]
    [InlineData("subject_id = ''")]
    [InlineData("old_values = '{\"n\": 1.5}'")]
    [InlineData("old_values = NULL")]
    [InlineData("new_values = '{\"n\":\"A\\n\"}'")]
    [InlineData("old_values = new_values, new_values = old_values")]
    [InlineData("hash = sha256('x')")]
    [InlineData("previous_hash = sha256('x')")]
    public async Task A_changed_field_is_found(string change)
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 5);
        await chain.TamperAsync($"UPDATE audit_entry SET {change} WHERE chain_id = $1 AND sequence = 3");
        await ShouldBeBrokenAsync(chain, 3, 3, AuditFaults.Altered);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_deleted_entry_is_found(long sequence)
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 5);
        await chain.TamperAsync("DELETE FROM audit_entry WHERE chain_id = $1 AND sequence = $2", sequence);
        await ShouldBeBrokenAsync(chain, sequence, sequence, AuditFaults.Missing);
    }

    [Fact]
    public async Task A_deleted_entry_behind_which_the_rest_moved_up_is_found()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 5);
        await chain.TamperAsync(
            """
            DELETE FROM audit_entry WHERE chain_id = $1 AND sequence = 3;
            UPDATE audit_entry SET sequence = 3 WHERE chain_id = $1 AND sequence = 4;
            UPDATE audit_entry SET sequence = 4 WHERE chain_id = $1 AND sequence = 5
            """);
        await ShouldBeBrokenAsync(chain, 3, 3, AuditFaults.Altered);
    }

    [Fact]
    public async Task Two_entries_that_changed_places_are_found()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 5);
        await chain.TamperAsync(
            """
            UPDATE audit_entry SET sequence = 99 WHERE chain_id = $1 AND sequence = 3;
            UPDATE audit_entry SET sequence = 3 WHERE chain_id = $1 AND sequence = 4;
            UPDATE audit_entry SET sequence = 4 WHERE chain_id = $1 AND sequence = 99
            """);
        await ShouldBeBrokenAsync(chain, 3, 3, AuditFaults.Altered);
    }

    [Fact]
    public async Task An_entry_of_another_chain_is_found()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 3), other = await AuditChainRig.CreateAsync(server, entries: 4);
        await chain.TamperAsync("UPDATE audit_entry SET chain_id = $1 WHERE chain_id = $2 AND sequence = 4", other.Organization.Value);
        await ShouldBeBrokenAsync(chain, 4, 4, AuditFaults.Altered);
        await ShouldBeBrokenAsync(other, 4, 4, AuditFaults.Truncated);
    }

    [Fact]
    public async Task An_entry_with_a_hash_made_anew_is_found_by_the_next()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 5);
        AuditEntry forged = await chain.FindAsync(3) with { Agent = "somebody else" };
        await chain.TamperAsync(
            "UPDATE audit_entry SET agent = $2, hash = $3 WHERE chain_id = $1 AND sequence = 3", forged.Agent, AuditHash.Of(forged));
        await ShouldBeBrokenAsync(chain, 3, 3, AuditFaults.Replaced);
    }

    [Fact]
    public async Task The_last_entry_with_a_hash_made_anew_is_found_by_the_last_link()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 5);
        await chain.SignAsync();
        await chain.AppendAsync();
        AuditEntry forged = await chain.FindAsync(6) with { Agent = "somebody else" };
        await chain.TamperAsync(
            "UPDATE audit_entry SET agent = $2, hash = $3 WHERE chain_id = $1 AND sequence = 6", forged.Agent, AuditHash.Of(forged));
        await ShouldBeBrokenAsync(chain, 6, 6, AuditFaults.Rewritten);
    }

    [Fact]
    public async Task A_tail_cut_off_is_found_by_the_last_link()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 5);
        await chain.TamperAsync("DELETE FROM audit_entry WHERE chain_id = $1 AND sequence > 3");
        await ShouldBeBrokenAsync(chain, 4, 5, AuditFaults.Truncated);
    }

    [Fact]
    public async Task A_tail_cut_off_with_its_last_link_mended_is_found_by_the_head()
    {
        AuditChainRig chain = await CutAsync();
        await ShouldBeBrokenAsync(chain, 4, 5, AuditFaults.Truncated);
    }

    [Fact]
    public async Task A_tail_cut_off_together_with_its_heads_is_found_by_a_head_that_was_kept_elsewhere()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 5);
        AuditHead kept = AuditHeadToken.Read((await chain.SignAsync()).Jws).ShouldNotBeNull();
        await chain.TamperAsync(Cut + ";DELETE FROM audit_head WHERE chain_id = $1");

        (await chain.VerifyAsync()).Fault.ShouldBeNull("nothing in the database knows of it any more");
        (await chain.FaultAsync(kept)).ShouldSatisfyAllConditions(
            fault => (fault.First, fault.Last, fault.Code).ShouldBe((4, 5, AuditFaults.Truncated)));
    }

    [Fact]
    public async Task A_chain_that_is_gone_with_all_that_knew_of_it_is_found_by_a_head_that_was_kept_elsewhere()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 2);
        AuditHead kept = await chain.SignAsync();
        await chain.TamperAsync("ALTER TABLE audit_chain DISABLE TRIGGER audit_chain_refuse");
        await chain.TamperAsync(
            "DELETE FROM audit_entry WHERE chain_id = $1;DELETE FROM audit_head WHERE chain_id = $1;DELETE FROM audit_chain WHERE id = $1");
        await chain.TamperAsync("ALTER TABLE audit_chain ENABLE ALWAYS TRIGGER audit_chain_refuse");

        AuditFault fault = await chain.FaultAsync(kept);
        (fault.First, fault.Last, fault.Code).ShouldBe((1, 2, AuditFaults.Truncated));
    }

    [Fact]
    public async Task A_new_tail_that_fits_together_is_found_by_the_head_of_the_old_one()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 2);
        await chain.SignAsync();
        for (int n = 0; n < 3; n++) await chain.AppendAsync();
        await chain.SignAsync();
        await chain.TamperAsync(Cut);
        for (int n = 0; n < 4; n++) await chain.AppendAsync("somebody else");

        await ShouldBeBrokenAsync(chain, 3, 5, AuditFaults.Rewritten);
    }

    [Fact]
    public async Task An_entry_that_no_append_has_written_is_found()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 3);
        AuditEntry last = await chain.FindAsync(3);
        AuditEntry added = last with { Sequence = 4, PreviousHash = last.Hash };
        await chain.TamperAsync(
            """
            INSERT INTO audit_entry SELECT chain_id, 4, at, doer_kind, doer_id, remote_address, agent, action, subject_kind, subject_id, old_values,
            new_values, hash, $2 FROM audit_entry WHERE chain_id = $1 AND sequence = 3
            """,
            AuditHash.Of(added));
        await ShouldBeBrokenAsync(chain, 4, 4, AuditFaults.Added);
    }

    private const string Cut =
        """
        UPDATE audit_chain SET sequence = 3, hash = (SELECT hash FROM audit_entry WHERE chain_id = $1 AND sequence = 3) WHERE id = $1;
        DELETE FROM audit_entry WHERE chain_id = $1 AND sequence > 3
        """;

    private async Task<AuditChainRig> CutAsync()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 5);
        await chain.SignAsync();
        await chain.TamperAsync(Cut);
        return chain;
    }

    private static async Task ShouldBeBrokenAsync(AuditChainRig chain, long first, long last, string code)
    {
        AuditFault fault = await chain.FaultAsync();
        (fault.First, fault.Last, fault.Code).ShouldBe((first, last, code), fault.Detail);
        fault.Detail.ShouldNotBeNullOrWhiteSpace();
    }
}

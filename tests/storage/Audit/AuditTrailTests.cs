using Npgsql;
using Shouldly;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage.Audit;

public sealed class AuditTrailTests : AuditTests
{
    [Fact]
    public async Task An_entry_comes_back_letter_by_letter_and_both_codes_agree_on_its_hash()
    {
        const string old = """{ "b":1.50,  "a": "Grüße 🦷 \u0041", "a": null }""";
        NewAuditEntry written = new(
            Organization.Id, AuditDoer.User(Organization.Owner, Organization.Id, new SessionOrigin("2001:db8::1", "curl/8 \"quoted\"")),
            "thing.changed", new AuditSubject("thing", "ä/1"), old, "{}");
        Installation.Clock.Advance(TimeSpan.FromTicks(1234567));
        await Trail.AppendAsync([written], CancellationToken.None);

        AuditEntry entry = (await ReadSoundChainAsync(Organization.Id))[^1];

        (entry.DoerKind, entry.DoerId, entry.RemoteAddress, entry.Agent).ShouldBe(
            ("user", Organization.Owner.Value, "2001:db8::1", "curl/8 \"quoted\""));
        (entry.Action, entry.SubjectKind, entry.SubjectId, entry.Old, entry.New).ShouldBe(("thing.changed", "thing", "ä/1", old, "{}"));
        entry.At.ShouldBe(Now.AddTicks(1234560), "in whole microseconds");
    }

    [Fact]
    public async Task Each_organization_has_its_chain_and_the_installation_one_of_its_own()
    {
        TestOrganization other = await Installation.AddOrganizationAsync();
        int own = (await ReadSoundChainAsync(Organization.Id)).Count, others = (await ReadSoundChainAsync(other.Id)).Count;

        await Trail.AppendAsync([Entry(Organization.Id), Entry(null), Entry(other.Id), Entry(Organization.Id)], CancellationToken.None);

        (await ReadSoundChainAsync(Organization.Id)).Count.ShouldBe(own + 2);
        (await ReadSoundChainAsync(other.Id)).Count.ShouldBe(others + 1);
        (await ReadSoundChainAsync(null)).ShouldHaveSingleItem().Organization.ShouldBeNull();
    }

    [Fact]
    public async Task Many_writers_leave_no_gap_and_no_fork()
    {
        OrganizationId organization = OrganizationId.New(TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async writer =>
        {
            for (int n = 0; n < 20; n++)
                await Trail.AppendAsync([Entry(organization, $"writer.{writer}_{n}"), Entry(null)], CancellationToken.None);
        }));

        List<AuditEntry> chain = await ReadSoundChainAsync(organization);
        chain.Count.ShouldBe(320);
        chain.Select(entry => entry.Action).Distinct(StringComparer.Ordinal).Count().ShouldBe(320);
        (await ReadSoundChainAsync(null)).Count.ShouldBe(320);
    }

    [Fact]
    public async Task The_order_of_the_chain_is_the_order_of_the_commits()
    {
        await using NpgsqlConnection connection = await Database.Source.OpenConnectionAsync();
        await using NpgsqlTransaction first = await connection.BeginTransactionAsync();
        await AuditTrail.AppendAsync(new DatabaseSession(connection), Now, Entry(null, "first.written"), CancellationToken.None);

        Task second = Trail.AppendAsync([Entry(null, "second.written")], CancellationToken.None);
        await Task.Delay(100);
        second.IsCompleted.ShouldBeFalse("the chain belongs to the first until it commits");
        await first.CommitAsync();
        await second;

        (await ReadSoundChainAsync(null)).Select(entry => entry.Action).ShouldBe(["first.written", "second.written"]);
    }

    [Fact]
    public async Task A_change_that_is_rolled_back_leaves_no_entry_and_no_gap()
    {
        await Trail.AppendAsync([Entry(null, "a.b")], CancellationToken.None);

        await Should.ThrowAsync<InvalidOperationException>(() => Installation.Stores.InTransactionAsync<bool>(
            async transaction =>
            {
                await AuditTrail.AppendAsync(transaction, Now, Entry(null, "never.happened"), CancellationToken.None);
                throw new InvalidOperationException();
            },
            CancellationToken.None));
        await Trail.AppendAsync([Entry(null, "c.d")], CancellationToken.None);

        (await ReadSoundChainAsync(null)).Select(entry => (entry.Sequence, entry.Action)).ShouldBe([(1, "a.b"), (2, "c.d")]);
    }

    [Fact]
    public async Task A_connection_that_is_killed_on_the_way_leaves_no_entry_and_frees_the_chain()
    {
        await using NpgsqlConnection connection = await Database.Source.OpenConnectionAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await AuditTrail.AppendAsync(new DatabaseSession(connection), Now, Entry(null, "never.happened"), CancellationToken.None);
        Task waiting = Trail.AppendAsync([Entry(null, "goes.on")], CancellationToken.None);

        await AsSuperuserAsync($"SELECT pg_terminate_backend({connection.ProcessID})");

        await waiting;
        (await ReadSoundChainAsync(null)).ShouldHaveSingleItem().Action.ShouldBe("goes.on");
    }

    [Fact]
    public async Task An_agent_that_no_database_can_hold_does_not_keep_the_deed_out_of_the_record()
    {
        AuditDoer doer = AuditDoer.Nobody(new SessionOrigin("192.0.2.1", "a\0b\uD83E" + new string('x', 5000)));
        await Trail.AppendAsync([Entry(null) with { Doer = doer }], CancellationToken.None);

        (await ReadSoundChainAsync(null)).ShouldHaveSingleItem().Agent.ShouldBe("a\uFFFDb\uFFFD" + new string('x', 996));
    }

    [Fact]
    public async Task A_place_and_a_hash_that_the_writer_brings_count_for_nothing()
    {
        await Database.ExecuteAsync(
            """
            INSERT INTO audit_entry (chain_id, sequence, at, doer_kind, remote_address, agent, action, subject_kind, subject_id, previous_hash, hash)
            VALUES ($1, 77, now(), 'system', '', '', 'a.b', 'thing', '1', sha256('x'), sha256('y'))
            """,
            Guid.Empty);

        (await ReadSoundChainAsync(null)).ShouldHaveSingleItem().Sequence.ShouldBe(1);
    }

    [Fact]
    public async Task A_list_is_filtered_and_paged_newest_first()
    {
        AuditDoer doer = AuditDoer.Gateway(Organization.Gateway.Id, Origin);
        for (int n = 1; n <= 10; n++)
        {
            Installation.Clock.Advance(TimeSpan.FromMinutes(1));
            await Trail.AppendAsync(
                [Entry(null, n % 2 == 0 ? "even.n" : "odd.n") with { Doer = n > 5 ? doer : Doer, Subject = new AuditSubject("thing", $"{n % 3}") }],
                CancellationToken.None);
        }

        (await ListAsync(new AuditFilter(), null, 3)).ShouldBe([10, 9, 8]);
        (await ListAsync(new AuditFilter(), 8, 100)).ShouldBe([7, 6, 5, 4, 3, 2, 1]);
        (await ListAsync(new AuditFilter(Action: "even.n"))).ShouldBe([10, 8, 6, 4, 2]);
        (await ListAsync(new AuditFilter(Doer: Organization.Gateway.Id.Value, Subject: "0"))).ShouldBe([9, 6]);
        (await ListAsync(new AuditFilter(SubjectKind: "other"))).ShouldBeEmpty();
        (await ListAsync(new AuditFilter(From: Now.AddMinutes(3), To: Now.AddMinutes(5)))).ShouldBe([4, 3]);
    }

    private async Task<long[]> ListAsync(AuditFilter filter, long? before = null, int countMax = 100) =>
        [.. (await new AuditQueries(Installation.Stores).ListAsync(null, filter, before, countMax, CancellationToken.None)).Select(entry => entry.Sequence)];
}

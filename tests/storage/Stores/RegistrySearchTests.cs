using System.Text.RegularExpressions;
using Shouldly;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>The search among more devices than are looked at one by one: what it finds, and by which way.</summary>
public sealed partial class RegistrySearchTests : StoreTests
{
    private const int Count = 2 * RegistrySearch.Walked + 500;

    private RegistryStore Registry => new(Installation.Stores, Installation.Clock);

    [Fact]
    public async Task Whatever_the_words_an_index_finds_them_and_no_plan_reads_the_whole_table()
    {
        await FillAsync();
        foreach (string words in new[] { "printer", "serial77", "serial77x", "pilot", "pri pilot", "cellar attic", "nowhere" })
        {
            RegistryFilter filter = new() { Words = RegistryFilter.WordsOf(words) };
            string[] all = [.. await Registry.ExplainAsync(Entities.Device, filter, 101, CancellationToken.None)];
            all.ShouldContain(node => node.Contains("Bitmap Index Scan on device_search"), words);
            all.ShouldContain(node => node.Contains("Index Scan using device_pkey on device"), words);
            all.ShouldNotContain(node => WholeTable().IsMatch(node), $"{words}: {string.Join('\n', all)}");

            string[] own = [.. await Registry.ExplainAsync(Entities.Device, filter with { Organization = Organization.Id }, 101, CancellationToken.None)];
            own.ShouldNotContain(node => WholeTable().IsMatch(node), $"{words}: {string.Join('\n', own)}");
        }

        // So that the test itself can fail.
        string[] label = [.. await Registry.ExplainAsync(
            Entities.Device, new RegistryFilter { Sort = Entities.Device.Find("label") }, 101, CancellationToken.None)];
        label.ShouldContain(node => WholeTable().IsMatch(node));
    }

    [Theory]
    [InlineData("printer")]
    [InlineData("twentieth")]
    [InlineData("pilot")]
    [InlineData("first")]
    [InlineData("print twenti")]
    [InlineData("serial123")]
    [InlineData("nowhere")]
    public async Task Page_by_page_it_finds_exactly_what_has_the_words_in_either_order(string words)
    {
        await FillAsync();
        string query = string.Join(" & ", words.Split(' ').Select(word => $"{word}:*"));
        foreach (bool isOwn in new[] { true, false })
        {
            Guid[] expected = await Database.ScalarAsync<Guid[]>(
                "SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM device WHERE search @@ to_tsquery('simple', $1) AND archived_at IS NULL AND (organization_id = $2 OR NOT $3)",
                query, Organization.Id.Value, isOwn);
            RegistryFilter filter = new() { Words = RegistryFilter.WordsOf(words), Organization = isOwn ? Organization.Id : null };
            int page = Math.Max(1, expected.Length / 3);
            (await ReadAllAsync(filter, page)).ShouldBe(expected);
            (await ReadAllAsync(filter with { IsDescending = true }, page)).ShouldBe(expected.Reverse());
            (await ReadAllAsync(filter with { Sort = Entities.Device.Find("label") }, countMax: Count)).Order().ShouldBe(expected.Order());
        }
    }

    [Fact]
    public async Task A_filter_counts_beside_the_words()
    {
        await FillAsync();
        RegistryField source = Entities.Device.Find("source")!, kind = Entities.Device.Find("kind")!;
        RegistryFilter filter = new() { Words = ["pilot"], Equal = [(source, [$"source-{Count - 1}", "source-0"]), (kind, ["resin_printer"])] };
        IReadOnlyList<RegistryRow> found = await Registry.ListAsync(Entities.Device, filter, 10, CancellationToken.None);
        found.ShouldHaveSingleItem().Values[Entities.Device.IndexOf("source")].ShouldBe($"source-{Count - 1}");
        (await Registry.CountAsync(Entities.Device, filter, CancellationToken.None)).ShouldBe(1);
    }

    /// <summary>Every other one is the organization's own; `first` and `pilot` stand at the two ends; every 97th is archived.</summary>
    private async Task FillAsync()
    {
        TestOrganization other = await Installation.AddOrganizationAsync("Other");
        await Database.ExecuteAsync(
            $"""
            INSERT INTO device (id, organization_id, site_id, gateway_id, model_id, source, model, interface, label, serial, created_at, updated_at, archived_at, archived_by, archive_reason)
            SELECT ('01980000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, organization, site, gateway, (SELECT id FROM device_model WHERE name = 'Asiga MAX UV385'),
                'source-' || i, 'Printer', 'http',
                CASE WHEN i < 300 THEN 'first' WHEN i >= {Count} - 300 THEN 'pilot' ELSE 'cellar' END || CASE WHEN i % 20 = 0 THEN ' twentieth' ELSE '' END,
                'serial' || i, now(), now(), a.at, a.by, a.by
            FROM generate_series(0, {Count} - 1) AS i
                JOIN (VALUES (0, $1::uuid, $2::uuid, $3::uuid), (1, $4::uuid, $5::uuid, $6::uuid)) AS shop (n, organization, site, gateway) ON n = i % 2,
                LATERAL (SELECT CASE WHEN i % 97 = 5 THEN now() END AS at, CASE WHEN i % 97 = 5 THEN 'system' END AS by) AS a
            """,
            Organization.Id.Value, Organization.Site.Value, Organization.Gateway.Id.Value, other.Id.Value, other.Site.Value, other.Gateway.Id.Value);
        await Database.ExecuteAsync("VACUUM (ANALYZE) device");
    }

    private async Task<List<Guid>> ReadAllAsync(RegistryFilter filter, int countMax)
    {
        List<Guid> ids = [];
        while (true)
        {
            IReadOnlyList<RegistryRow> rows = await Registry.ListAsync(Entities.Device, filter, countMax, CancellationToken.None);
            ids.AddRange(rows.Select(row => row.Id));
            if (rows.Count < countMax || filter.Sort is not null) return ids;
            filter = filter with { After = (null, rows[^1].Id) };
        }
    }

    [GeneratedRegex(@"Seq Scan on device\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WholeTable();
}

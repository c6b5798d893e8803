using System.Globalization;
using System.Text.Json;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using StepCloud.Tests.System.Replay;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>`stepcloud verify-ledger` on what a gateway sent of a recording.</summary>
public sealed class VerifyLedgerTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private Installation _installation = null!;
    private long _steps;

    private string LedgerPath => Directory.GetFiles(_installation.GatewayData, "ledger.log", SearchOption.AllDirectories).ShouldHaveSingleItem();

    public async Task InitializeAsync()
    {
        _installation = await Installation.CreateAsync();
        await _installation.StartServerAsync();
        await _installation.EnrollAsync(1);
        // The file's name stands in the settings, and JSON has several ways to write this one.
        string recording = _folder["Größe 'A+B'.csv"];
        File.Copy(Recording.OwnFile, recording);
        await using BuiltProgram replay = _installation.StartReplay(recording, "--start", "2025-02-03T07:00:00Z");
        (await replay.ExitCodeAsync()).ShouldBe(0, replay.ToString());
        _steps = await _installation.Database.ScalarAsync<long>("SELECT count(*) FROM step_event");
        _steps.ShouldBe(Recording.Read(Recording.OwnFile).Steps.Count);
    }

    public async Task DisposeAsync()
    {
        await _installation.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_was_sent_and_is_stored_is_judged_by_its_contents()
    {
        ShouldBe(await VerifyAsync(0), altered: 0, byContents: _steps, bySamplesOnly: 0);
        (await _installation.VerifyLedgersAsync())
            .ShouldMatch($"^0: stored {_steps} steps, [0-9]+ samples; 0 lost, 0 duplicate; 0 refused; {_steps} judged by their contents, 0 only by their number of samples$");
    }

    [Fact]
    public async Task A_step_whose_hash_in_the_ledger_is_another_is_altered_and_named()
    {
        string[] lines = File.ReadAllLines(LedgerPath);
        int sending = Array.FindIndex(lines, line => line[0] == 'S');
        char last = lines[sending][^1];
        lines[sending] = lines[sending][..^1] + (last == '0' ? '1' : '0');

        JsonElement verdict = await VerifyAsync(1, lines);

        ShouldBe(verdict, altered: 1, byContents: _steps, bySamplesOnly: 0);
        Named(verdict).ShouldBe((Guid.Parse(lines[sending].Split(' ')[1]), "its hash is not that of what was sent"));
    }

    [Fact]
    public async Task Samples_that_were_changed_in_the_database_are_found_by_ledgers_with_hashes_and_without()
    {
        Guid step = await ChangeSamplesAsync();

        JsonElement verdict = await VerifyAsync(1);
        ShouldBe(verdict, altered: 1, byContents: _steps, bySamplesOnly: 0);
        Named(verdict).ShouldBe((step, "it is not what its hash was made of"));
        JsonElement old = await VerifyAsync(1, OldLedger());
        ShouldBe(old, altered: 1, byContents: 0, bySamplesOnly: _steps);
        Named(old).Step.ShouldBe(step);
        (await _installation.VerifyLedgersAsync()).ShouldStartWith($"1: stored {_steps} steps, ");
    }

    [Fact]
    public async Task A_step_that_was_changed_together_with_its_hash_is_found_by_the_ledger()
    {
        Guid id = await _installation.Database.ScalarAsync<Guid>("SELECT id FROM step_event ORDER BY id LIMIT 1");
        StepCloudDatabase database = new(_installation.Database.Source, TimeProvider.System);
        OrganizationId organization = new(await _installation.Database.ScalarAsync<Guid>("SELECT organization_id FROM step_event LIMIT 1"));
        WholeStep whole = (await new StepQueries(database).FindAsync(organization, new StepId(id), CancellationToken.None))!;
        StepRow row = whole.Step;
        StepEvent other = new(row.Id, row.Device, row.Kind, row.Started, row.Ended, "Another", row.SettingsJson, whole.Series, whole.Logs);
        await _installation.Database.ExecuteAsync("UPDATE step_event SET label = 'Another', content_hash = $2 WHERE id = $1", id, ContentHash.Of(other));

        (await _installation.JsonAsync(0, ["step", "verify"])).GetProperty("broken_count").GetInt64().ShouldBe(0);
        JsonElement verdict = await VerifyAsync(1);
        ShouldBe(verdict, altered: 1, byContents: _steps, bySamplesOnly: 0);
        Named(verdict).ShouldBe((id, "its hash is not that of what was sent"));
    }

    [Fact]
    public async Task The_order_is_that_of_the_sendings_and_answers_come_in_any()
    {
        string[] lines = File.ReadAllLines(LedgerPath);
        IEnumerable<string> sendings = lines.Where(line => line[0] == 'S'), answers = lines.Where(line => line[0] == 'A');

        (await VerifyAsync(0, [.. answers.Reverse(), .. sendings])).GetProperty("out_of_order").GetInt64().ShouldBe(0);
        (await VerifyAsync(1, [.. answers, .. sendings.Reverse()])).GetProperty("out_of_order").GetInt64().ShouldBe(_steps - 1);
    }

    [Fact]
    public async Task The_ledger_of_an_older_gateway_is_judged_by_its_samples()
    {
        string[] old = OldLedger();
        ShouldBe(await VerifyAsync(0, old), altered: 0, byContents: 0, bySamplesOnly: _steps);

        // One that was written by both.
        string[] both = [.. old, .. File.ReadLines(LedgerPath).Where(line => line[0] == 'S').Take(2)];
        ShouldBe(await VerifyAsync(0, both), altered: 0, byContents: 2, bySamplesOnly: _steps - 2);

        string[] fields = old[0].Split(' ');
        fields[2] = (int.Parse(fields[2], CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);
        old[0] = string.Join(' ', fields);
        ShouldBe(await VerifyAsync(1, old), altered: 1, byContents: 0, bySamplesOnly: _steps);
    }

    [Theory]
    [InlineData("S {0} 1 {1} {1}0")]
    [InlineData("S {0} 1 {1} {2}x")]
    [InlineData("S {0} 1 {1} {1} {1}")]
    public async Task A_line_with_no_hash_in_the_place_of_one_is_no_line_of_a_ledger(string line)
    {
        string hash = new('a', 64);
        string[] lines = [.. File.ReadLines(LedgerPath), string.Format(CultureInfo.InvariantCulture, line, Guid.CreateVersion7(), hash, hash[1..])];
        (await _installation.RefusalAsync(2, Arguments(lines))).ShouldContain("is no line of a ledger");
    }

    [Fact]
    public async Task Steps_that_retention_thinned_are_counted_apart()
    {
        // As if they had come when they were done.
        await _installation.Database.ExecuteAsync("UPDATE step_event SET received = ended");
        await _installation.Database.ExecuteAsync("INSERT INTO retention_rule (organization_id, kind, series_months) SELECT DISTINCT organization_id, 1, 1 FROM step_event");
        await _installation.JsonAsync(0, ["retention", "run"]);

        ShouldBe(await VerifyAsync(0), altered: 0, byContents: _steps, bySamplesOnly: 0, thinned: _steps);
        ShouldBe(await VerifyAsync(0, OldLedger()), altered: 0, byContents: 0, bySamplesOnly: _steps, thinned: _steps);
        (await _installation.VerifyLedgersAsync()).ShouldEndWith($", {_steps} thinned by retention");
    }

    [Fact]
    public async Task Samples_that_somebody_took_away_are_altered_steps()
    {
        await _installation.Database.ExecuteAsync("UPDATE step_series SET samples = NULL");
        ShouldBe(await VerifyAsync(1), altered: _steps, byContents: _steps, bySamplesOnly: 0, thinned: _steps);
    }

    private static void ShouldBe(JsonElement verdict, long altered, long byContents, long bySamplesOnly, long thinned = 0) =>
        new[] { "lost", "duplicate", "altered", "by_contents", "by_samples_only", "thinned" }.Select(name => verdict.GetProperty(name).GetInt64())
            .ShouldBe([0, 0, altered, byContents, bySamplesOnly, thinned], verdict.ToString());

    private static (Guid Step, string? Fault) Named(JsonElement verdict)
    {
        JsonElement named = verdict.GetProperty("altered_steps").EnumerateArray().ShouldHaveSingleItem();
        return (named.GetProperty("step").GetGuid(), named.GetProperty("fault").GetString());
    }

    /// <summary>As gateways wrote it before they hashed contents.</summary>
    private string[] OldLedger() => [.. File.ReadLines(LedgerPath).Select(line => line[0] == 'S' ? line[..line.LastIndexOf(' ')] : line)];

    private Task<JsonElement> VerifyAsync(int exitCode, string[]? lines = null) => _installation.JsonAsync(exitCode, Arguments(lines ?? File.ReadAllLines(LedgerPath)));

    private string[] Arguments(string[] lines)
    {
        File.WriteAllLines(_folder["ledger.log"], lines);
        return ["verify-ledger", _folder["ledger.log"], "--gateway", Path.GetFileName(Path.GetDirectoryName(LedgerPath))!];
    }

    /// <summary>To those of another sensor: as many, of the same times, and they can be read.</summary>
    private Task<Guid> ChangeSamplesAsync() => _installation.Database.ScalarAsync<Guid>(
        """
        UPDATE step_series AS s SET samples = o.samples FROM step_series AS o
        WHERE o.step_id = s.step_id AND o.ordinal = 1 AND s.ordinal = 0 AND s.step_id = (SELECT max(id::text)::uuid FROM step_event) RETURNING s.step_id
        """);
}

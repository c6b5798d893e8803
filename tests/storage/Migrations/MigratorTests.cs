using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using StepCloud.Storage;
using StepCloud.Storage.Series;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class MigratorTests : IAsyncLifetime
{
    private static readonly Migration First = Migration.Parse("0001_first.sql", "CREATE TABLE first (id integer);\n");
    private static readonly Migration Second = Migration.Parse("0002_second.sql", "CREATE TABLE second (id integer);\n");

    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await TestPostgres.CreateEmptyDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task All_migrations_of_the_program_are_applied_once()
    {
        (await MigrateAsync([.. Migration.Embedded()])).ShouldBe(Migration.Embedded().Count);
        (await MigrateAsync([.. Migration.Embedded()])).ShouldBe(0);
        (await _database.ScalarAsync<long>("SELECT count(*) FROM schema_migration")).ShouldBe(Migration.Embedded().Count);
    }

    [Fact]
    public async Task Sessions_from_before_access_keys_are_told_how_they_were_begun()
    {
        Migration[] all = [.. Migration.Embedded()];
        await MigrateAsync([.. all.Take(13)]);
        await _database.ExecuteAsync(
            """
            INSERT INTO session (id, holder_kind, holder_id, created_at, last_used_at, remote_address, agent)
            SELECT gen_random_uuid(), kind, gen_random_uuid(), now(), now(), '', '' FROM unnest(ARRAY[1, 2]) AS kind
            """);
        await MigrateAsync(all);
        (await _database.ScalarAsync<string>("SELECT string_agg(started_by, ' ' ORDER BY holder_kind) FROM session")).ShouldBe("password pairing");
    }

    [Fact]
    public async Task Series_that_were_stored_as_arrays_are_read_as_before()
    {
        Migration[] all = [.. Migration.Embedded()];
        await MigrateAsync([.. all.TakeWhile(migration => migration.Name != "series")]);
        await _database.ExecuteAsync(
            """
            CREATE TABLE step_event_all PARTITION OF step_event DEFAULT;
            CREATE TABLE step_series_all PARTITION OF step_series DEFAULT;
            INSERT INTO step_event (id, organization_id, site_id, gateway_id, device_id, kind, started, ended, received, label, settings, series_count, log_count, sample_count, content_hash)
            SELECT '019a0000-0000-7000-8000-000000000001', id, id, id, id, 1, '2026-03-02T08:00:00Z', '2026-03-02T08:30:00Z', now(), '', '{}', 3, 0, 5, ''
            FROM gen_random_uuid() AS id;
            INSERT INTO step_series (step_id, ordinal, name, unit, kind, chart, sample_count, last_time_us, last_value, times_us, "values") VALUES
                ('019a0000-0000-7000-8000-000000000001', 0, 'force', 'N', 1, 1, 4, 7200000000, -0.5, '{-5,100,300,7200000000}', '{1.5,-0.0,1e300,-0.5}'),
                ('019a0000-0000-7000-8000-000000000001', 1, 'resin', 'mL', 2, 1, 1, 0, 12.5, '{}', '{12.5}'),
                ('019a0000-0000-7000-8000-000000000001', 2, 'none', '', 1, 1, 0, 0, 0, '{}', '{}')
            """);

        await MigrateAsync(all);

        (long[] times, double[] values) = SeriesCodec.Decode(await SamplesAsync(0), 4);
        times.ShouldBe([-5, 100, 300, 7_200_000_000]);
        values.Select(BitConverter.DoubleToInt64Bits).ShouldBe(((double[])[1.5, -0.0, 1e300, -0.5]).Select(BitConverter.DoubleToInt64Bits));
        (await _database.ScalarAsync<string>(
            """
            SELECT concat_ws(' ', starts AT TIME ZONE 'UTC', is_long, first_value, min_time_us, min_value, max_time_us, max_value, p50, interval_us, device_id IS NOT NULL)
            FROM step_series WHERE ordinal = 0
            """)).ShouldBe("2026-03-02 07:59:59.999995 t 1.5 7200000000 -0.5 300 1e+300 -0 200 t");
        SeriesCodec.Decode(await SamplesAsync(1), 1).Values.ShouldBe([12.5]);
        (await _database.ScalarAsync<bool>("SELECT NOT is_long AND min_value = 12.5 AND mean = 12.5 AND p95 = 12.5 AND interval_us = 0 FROM step_series WHERE ordinal = 1")).ShouldBeTrue();
        SeriesCodec.Decode(await SamplesAsync(2), 0).Values.ShouldBeEmpty();

        Task<byte[]> SamplesAsync(int ordinal) => _database.ScalarAsync<byte[]>("SELECT samples FROM step_series WHERE ordinal = $1", (short)ordinal);
    }

    [Fact]
    public async Task A_newer_program_applies_only_what_is_new()
    {
        await MigrateAsync(First);
        (await MigrateAsync(First, Second)).ShouldBe(1);
        (await TablesAsync()).ShouldBe(["first", "schema_migration", "second"]);
    }

    [Fact]
    public async Task A_migration_that_was_edited_after_it_shipped_is_refused()
    {
        await MigrateAsync(First);
        Migration edited = First with { Sql = First.Sql + "-- a remark\n" };

        MigrationException exception = await Should.ThrowAsync<MigrationException>(() => MigrateAsync(edited, Second));

        exception.Failure.ShouldBe(MigrationFailure.Edited);
        exception.Message.ShouldContain("0001_first");
        (await TablesAsync()).ShouldBe(["first", "schema_migration"]);
    }

    [Fact]
    public async Task Other_line_ends_are_the_same_migration()
    {
        await MigrateAsync(First);
        (await MigrateAsync(First with { Sql = First.Sql.Replace("\n", "\r\n", StringComparison.Ordinal) })).ShouldBe(0);
    }

    [Fact]
    public async Task A_database_that_is_newer_than_the_program_is_refused()
    {
        await MigrateAsync(First, Second);

        MigrationException exception = await Should.ThrowAsync<MigrationException>(() => MigrateAsync(First));

        exception.Failure.ShouldBe(MigrationFailure.DatabaseNewer);
        exception.Message.ShouldContain("second");
    }

    [Fact]
    public async Task A_failing_migration_leaves_no_trace_and_is_named()
    {
        await MigrateAsync(First);
        Migration failing = Migration.Parse("0003_third.sql", "CREATE TABLE half (id integer);\nCREATE TABLE wrong (id nothing);\n");

        MigrationException exception = await Should.ThrowAsync<MigrationException>(() => MigrateAsync(First, Second, failing));

        exception.Failure.ShouldBe(MigrationFailure.Failed);
        exception.Message.ShouldContain("0003_third failed");
        exception.Message.ShouldContain("The database is at migration 1 as before");
        (await TablesAsync()).ShouldBe(["first", "schema_migration"], "the second came with the third, and went with it: the program that has the first alone runs on");
        (await MigrateAsync(First)).ShouldBe(0);
        (await MigrateAsync(First, Second)).ShouldBe(1);
    }

    [Fact]
    public async Task When_the_first_migration_fails_the_database_stays_empty()
    {
        await Should.ThrowAsync<MigrationException>(() => MigrateAsync(First with { Sql = "CREATE TABLE half (id integer); SELECT 1 / 0;" }));
        (await TablesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_two_processes_that_start_at_once_one_migrates()
    {
        // Without the lock both would find the table missing while the first still sleeps.
        Migration slow = First with { Sql = "SELECT pg_sleep(0.5); " + First.Sql };
        await using NpgsqlDataSource other = NpgsqlDataSource.Create(_database.ConnectionString);

        int[] applied = await Task.WhenAll(MigrateAsync(_database.Source, slow, Second), MigrateAsync(other, slow, Second));

        applied.Order().ShouldBe([0, 2]);
        (await TablesAsync()).ShouldBe(["first", "schema_migration", "second"]);
    }

    [Fact]
    public async Task A_gap_in_the_numbers_is_refused()
    {
        MigrationException exception = await Should.ThrowAsync<MigrationException>(() => MigrateAsync(First, Second with { Version = 3 }));
        exception.Failure.ShouldBe(MigrationFailure.NotInOrder);
    }

    [Theory]
    [InlineData("1_first.sql")]
    [InlineData("0001-first.sql")]
    [InlineData("0001_first.sql.bak")]
    public void A_file_that_is_not_named_by_the_rule_is_refused(string name) =>
        Should.Throw<FormatException>(() => Migration.Parse(name, ""));

    private Task<int> MigrateAsync(params Migration[] migrations) => MigrateAsync(_database.Source, migrations);

    private static Task<int> MigrateAsync(NpgsqlDataSource source, params Migration[] migrations) =>
        new Migrator(source, migrations, new FakeClock(), NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None);

    private Task<string[]> TablesAsync() =>
        _database.ScalarAsync<string[]>(
            "SELECT coalesce(array_agg(tablename::text ORDER BY tablename), '{}') FROM pg_tables WHERE schemaname = 'public'");
}

using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Each migration meets a database that the version before it has filled.</summary>
public sealed class FilledMigrationTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await TestPostgres.CreateEmptyDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Every_migration_takes_the_rows_of_all_versions_before_it_and_loses_none()
    {
        IReadOnlyList<Migration> all = Migration.Embedded();
        foreach (Migration migration in all)
        {
            Dictionary<string, long> before = await RowOfEachTable.CountAsync(_database);
            (await new Migrator(_database.Source, [.. all.Take(migration.Version)], TimeProvider.System, NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None)).ShouldBe(1);
            Dictionary<string, long> after = await RowOfEachTable.CountAsync(_database);
            foreach ((string table, long rows) in before) after.GetValueOrDefault(table, -1).ShouldBeGreaterThanOrEqualTo(rows, $"{table} after {migration}");
            await RowOfEachTable.FillAsync(_database, migration.Version);
        }
    }

    /// <summary>What stands in one transaction with what.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(14)]
    [InlineData(20)]
    public async Task A_filled_database_of_an_older_version_is_brought_to_the_newest_at_once(int version)
    {
        Migration[] all = [.. Migration.Embedded()];
        await MigrateAsync(all[..version]);
        await RowOfEachTable.FillAsync(_database, version);
        Dictionary<string, long> before = await RowOfEachTable.CountAsync(_database);
        (await MigrateAsync(all)).ShouldBe(all.Length - version);
        Dictionary<string, long> after = await RowOfEachTable.CountAsync(_database);
        foreach ((string table, long rows) in before) after.GetValueOrDefault(table, -1).ShouldBeGreaterThanOrEqualTo(rows, table);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_all_rows_as_they_were_to_the_version_before_it()
    {
        Migration[] all = [.. Migration.Embedded()];
        Migration failing = Migration.Parse($"{all.Length + 1:0000}_failing.sql", "ALTER TABLE site ADD COLUMN half text;\nDELETE FROM step_log;\nSELECT 1 / 0;\n");
        await MigrateAsync(all);
        await RowOfEachTable.FillAsync(_database, 1);
        Dictionary<string, long> before = await RowOfEachTable.CountAsync(_database);

        MigrationException told = await Should.ThrowAsync<MigrationException>(() => MigrateAsync([.. all, failing]));

        told.Message.ShouldContain($"failed and was rolled back: division by zero (22012). The database is at migration {all.Length} as before: the program before this one runs on with it.");
        (await RowOfEachTable.CountAsync(_database)).ShouldBe(before, ignoreOrder: true);
        await RowOfEachTable.FillAsync(_database, 2);
        (await MigrateAsync(all)).ShouldBe(0);
    }

    private Task<int> MigrateAsync(Migration[] migrations) =>
        new Migrator(_database.Source, migrations, TimeProvider.System, NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None);
}

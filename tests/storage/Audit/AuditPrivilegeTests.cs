using Npgsql;
using Shouldly;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage.Audit;

/// <summary>What the application's own role can do to the audit: read it, and add to it.</summary>
public sealed class AuditPrivilegeTests : AuditTests
{
    public static TheoryData<string> Tampering() =>
    [
        "UPDATE audit_entry SET agent = 'somebody else'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "MERGE INTO audit_entry AS e USING audit_entry AS x ON e.sequence = x.sequence WHEN MATCHED THEN DELETE",
        "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_refuse",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_entry_append ON audit_entry",
        "DROP TABLE audit_entry CASCADE",
        "ALTER TABLE audit_entry RENAME TO other",
        "ALTER TABLE audit_entry OWNER TO stepcloud",
        "GRANT ALL ON audit_entry TO stepcloud; DELETE FROM audit_entry",
        "CREATE RULE nothing AS ON INSERT TO audit_entry DO INSTEAD NOTHING",
        "CREATE TRIGGER last BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "UPDATE audit_chain SET sequence = 0",
        "INSERT INTO audit_chain (id, sequence, hash) VALUES (gen_random_uuid(), 5, '')",
        "DELETE FROM audit_chain",
        "DROP TABLE audit_chain CASCADE",
        "UPDATE audit_head SET jws = ''",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
        "DROP TABLE audit_head",
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "ALTER FUNCTION audit_entry_append() RESET ALL",
        "DROP FUNCTION audit_field(text) CASCADE",
        "SET session_replication_role = replica",
        "SET ROLE stepcloud_audit",
        "GRANT stepcloud_audit TO stepcloud",
        "ALTER ROLE stepcloud SUPERUSER",
        "REASSIGN OWNED BY stepcloud_audit TO stepcloud",
        "DROP OWNED BY stepcloud_audit",
        "DROP SCHEMA public CASCADE",
        "ALTER SCHEMA public RENAME TO other",
        "ALTER SCHEMA public OWNER TO stepcloud",
    ];

    [Theory]
    [MemberData(nameof(Tampering))]
    public async Task The_applications_role_is_refused(string sql)
    {
        await Trail.AppendAsync([Entry(null)], CancellationToken.None);

        PostgresException refused = await Should.ThrowAsync<PostgresException>(() => Database.ExecuteAsync(sql));

        refused.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege, refused.MessageText);
        (await ReadSoundChainAsync(null)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_whole_database_cannot_be_dropped_by_the_application()
    {
        NpgsqlConnectionStringBuilder connection = new(Database.ConnectionString);
        string own = connection.Database!;
        connection.Database = "postgres";
        await using NpgsqlDataSource elsewhere = NpgsqlDataSource.Create(connection.ConnectionString);
        await using NpgsqlCommand drop = elsewhere.CreateCommand($"DROP DATABASE {own}");

        (await Should.ThrowAsync<PostgresException>(() => drop.ExecuteNonQueryAsync())).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task A_table_or_a_function_of_the_same_name_elsewhere_changes_nothing()
    {
        await using NpgsqlConnection connection = await Database.Source.OpenConnectionAsync();
        string[] traps =
        [
            "CREATE TEMPORARY TABLE audit_chain (id uuid, sequence bigint, hash bytea)",
            "CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
            "CREATE FUNCTION public.convert_to(text, text) RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea'",
            "SET search_path = pg_temp, public",
        ];
        foreach (string trap in traps)
        {
            await using NpgsqlCommand command = new(trap, connection);
            await command.ExecuteNonQueryAsync();
        }

        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await AuditTrail.AppendAsync(new DatabaseSession(connection), Now, Entry(null), CancellationToken.None);
        await transaction.CommitAsync();

        (await ReadSoundChainAsync(null)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Protected_is_what_it_says_it_is() =>
        (await AuditProtections.ReadAsync(Installation.Stores, CancellationToken.None)).ShouldBe(AuditProtection.Privilege);

    [Fact]
    public async Task A_trigger_that_is_switched_off_is_said()
    {
        await AsSuperuserAsync("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_refuse");
        (await AuditProtections.ReadAsync(Installation.Stores, CancellationToken.None)).ShouldBe(AuditProtection.None);
    }

    [Theory]
    [InlineData("UPDATE audit_entry SET agent = ''")]
    [InlineData("DELETE FROM audit_entry")]
    [InlineData("TRUNCATE audit_entry")]
    [InlineData("SET session_replication_role = replica; DELETE FROM audit_entry")]
    public async Task Even_a_superuser_must_switch_the_trigger_off_first(string sql) =>
        (await Should.ThrowAsync<PostgresException>(() => AsSuperuserAsync(sql))).MessageText.ShouldContain("append-only");

    [Fact]
    public async Task A_private_cluster_protects_the_audit_after_its_migration_and_again_does_no_harm()
    {
        using TemporaryFolder folder = new();
        PrivatePostgresOptions options = new() { DataDirectory = folder["data"] };
        await using PrivatePostgres postgres = await PrivatePostgres.StartAsync(
            options, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await new Migrator(
            source, Migration.Embedded(), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<Migrator>.Instance)
            .MigrateAsync(CancellationToken.None);
        StepCloudDatabase database = new(source, TimeProvider.System);
        (await AuditProtections.ReadAsync(database, CancellationToken.None)).ShouldBe(AuditProtection.Trigger);

        await postgres.ProtectAuditAsync(CancellationToken.None);
        await postgres.ProtectAuditAsync(CancellationToken.None);

        (await AuditProtections.ReadAsync(database, CancellationToken.None)).ShouldBe(AuditProtection.Privilege);
        await new AuditTrail(database, TimeProvider.System).AppendAsync([Entry(null)], CancellationToken.None);
        await using NpgsqlCommand later = source.CreateCommand("CREATE TABLE of_a_later_migration (id integer)");
        await later.ExecuteNonQueryAsync();
    }
}

/// <summary>An external database, where StepCloud's role owns everything.</summary>
public sealed class AuditTriggerTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async Task InitializeAsync()
    {
        _database = await TestPostgres.CreateEmptyDatabaseAsync();
        await new Migrator(
            _database.Source, Migration.Embedded(), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<Migrator>.Instance)
            .MigrateAsync(CancellationToken.None);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData("UPDATE audit_entry SET agent = ''")]
    [InlineData("DELETE FROM audit_entry")]
    [InlineData("TRUNCATE audit_entry")]
    [InlineData("DELETE FROM audit_head")]
    [InlineData("DELETE FROM audit_chain")]
    public async Task Triggers_refuse_changes_and_it_is_said_that_only_they_do(string sql)
    {
        (await Should.ThrowAsync<PostgresException>(() => _database.ExecuteAsync(sql))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
        StepCloudDatabase database = new(_database.Source, TimeProvider.System);
        (await AuditProtections.ReadAsync(database, CancellationToken.None)).ShouldBe(AuditProtection.Trigger);
    }

    [Fact]
    public async Task The_statements_for_an_administrator_make_it_a_privilege()
    {
        NpgsqlConnectionStringBuilder administrator = new(_database.AdministratorConnectionString)
        {
            Database = new NpgsqlConnectionStringBuilder(_database.ConnectionString).Database,
            Pooling = false,
        };
        for (int n = 0; n < 2; n++)
        {
            await using NpgsqlDataSource source = NpgsqlDataSource.Create(administrator.ConnectionString);
            await using NpgsqlCommand command = source.CreateCommand(AuditProtections.PrivilegesSql);
            await command.ExecuteNonQueryAsync();
        }

        StepCloudDatabase database = new(_database.Source, TimeProvider.System);
        (await AuditProtections.ReadAsync(database, CancellationToken.None)).ShouldBe(AuditProtection.Privilege);
        (await Should.ThrowAsync<PostgresException>(() => _database.ExecuteAsync("DROP TABLE audit_entry"))).SqlState
            .ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }
}

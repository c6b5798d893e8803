using System.Globalization;
using Npgsql;
using StepCloud.Tests.Faults.Plant;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Faults.Injected;

/// <summary>Something that somebody else's session does over and over, while it lasts.</summary>
internal abstract class Repeated : IFault
{
    private CancellationTokenSource _enough = new();
    private Task _doing = Task.CompletedTask;

    public abstract string Name { get; }

    public async Task InjectAsync(TestPlant plant, Dose dose)
    {
        _enough = new CancellationTokenSource();
        await BeginAsync(plant);
        _doing = DoAsync(plant);
    }

    public TimeSpan LastsFor(Dose dose) => dose.Outage / 2 + TimeSpan.FromSeconds(2);

    public async Task HealAsync(TestPlant plant, Dose dose)
    {
        await Eventually.HoldsAsync(() => _doing.IsCompleted || HasHappened(plant), $"'{Name}' is met by a commit");
        await _enough.CancelAsync();
        await _doing;
        _enough.Dispose();
        await EndAsync(plant);
    }

    protected virtual Task BeginAsync(TestPlant plant) => Task.CompletedTask;

    protected abstract Task OnceAsync(NpgsqlConnection connection);

    protected abstract bool HasHappened(TestPlant plant);

    protected virtual Task EndAsync(TestPlant plant) => Task.CompletedTask;

    private async Task DoAsync(TestPlant plant)
    {
        // A lock may be long in coming: its patience is the database's affair.
        await using NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder(plant.Postgres.AdministratorConnectionString) { CommandTimeout = 0 }.ConnectionString);
        await connection.OpenAsync();
        while (!_enough.IsCancellationRequested) await OnceAsync(connection);
    }

    protected static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>Somebody takes the tables of a commit in the opposite order, and has more patience: the server's transaction is the one that is undone.</summary>
internal sealed class Deadlock : Repeated
{
    private int _before;

    public override string Name => "deadlock";

    protected override Task BeginAsync(TestPlant plant)
    {
        _before = plant.CountInLogs("40P01");
        return Task.CompletedTask;
    }

    protected override async Task OnceAsync(NpgsqlConnection connection)
    {
        await ExecuteAsync(connection, "SET deadlock_timeout = '1min'");
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync(connection, "LOCK TABLE step_series IN EXCLUSIVE MODE");
        // By now a commit has its lock of the one table and waits for the other; it looks for a deadlock after a second.
        await Task.Delay(500);
        await ExecuteAsync(connection, "LOCK TABLE step_event IN EXCLUSIVE MODE");
        await transaction.RollbackAsync();
        await Task.Delay(300);
    }

    protected override bool HasHappened(TestPlant plant) => plant.CountInLogs("40P01") > _before;
}

/// <summary>Every transaction sees one moment only, and somebody changes the rows that commits change.</summary>
internal sealed class SerializationFailure : Repeated
{
    private int _before;

    public override string Name => "serialization failure";

    protected override async Task BeginAsync(TestPlant plant)
    {
        _before = plant.CountInLogs("40001");
        await plant.Postgres.ReloadAsync("ALTER SYSTEM SET default_transaction_isolation = 'serializable'");
    }

    protected override async Task OnceAsync(NpgsqlConnection connection)
    {
        try
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(global::System.Data.IsolationLevel.ReadCommitted);
            await ExecuteAsync(connection, "UPDATE device_head SET received = received");
            await Task.Delay(20);
            await transaction.CommitAsync();
            await Task.Delay(20);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
        {
            // It can be its own victim.
        }
    }

    protected override bool HasHappened(TestPlant plant) => plant.CountInLogs("40001") > _before;

    protected override Task EndAsync(TestPlant plant) => plant.Postgres.ReloadAsync("ALTER SYSTEM RESET default_transaction_isolation");
}

/// <summary>The backends of the server are ended while they commit: each commit waits a while for its disk, and its answer does not come.</summary>
internal sealed class UnknownCommit : Repeated
{
    private const int EveryMilliseconds = 150;

    private int _ended;

    public override string Name => "outcome of a commit unknown";

    protected override async Task BeginAsync(TestPlant plant)
    {
        _ended = 0;
        // The log of a commit is written and not yet flushed for so long: who is ended then has committed, and nobody hears of it.
        await plant.Postgres.ExecuteAsync("ALTER SYSTEM SET commit_delay = 50000");
        await plant.Postgres.ReloadAsync("ALTER SYSTEM SET commit_siblings = 0");
    }

    protected override async Task OnceAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new(
            """
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE usename = 'stepcloud' AND state = 'active' AND query LIKE '%INSERT INTO step_event%'
            """,
            connection);
        _ended += Convert.ToInt32(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
        await Task.Delay(EveryMilliseconds);
    }

    protected override bool HasHappened(TestPlant plant) => _ended > 0;

    protected override async Task EndAsync(TestPlant plant)
    {
        await plant.Postgres.ExecuteAsync("ALTER SYSTEM RESET commit_delay");
        await plant.Postgres.ReloadAsync("ALTER SYSTEM RESET commit_siblings");
    }
}

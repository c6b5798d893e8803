using System.Net;
using Npgsql;
using Shouldly;
using StepCloud.Tests.Faults.Plant;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Faults.Injected;

internal sealed class StoppedDatabase : IFault
{
    public string Name => "PostgreSQL stopped";

    public Task InjectAsync(TestPlant plant, Dose dose) => plant.Postgres.StopAsync();

    public TimeSpan LastsFor(Dose dose) => dose.Outage;

    public async Task HealAsync(TestPlant plant, Dose dose)
    {
        using HttpClient http = new();
        using HttpResponseMessage ready = await http.GetAsync($"{plant.Installation.HttpAddress}/health/ready");
        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        await plant.Postgres.StartAsync();
    }
}

/// <summary>Its processes do not get any further: nothing is refused, and nothing answers.</summary>
internal sealed class HeldDatabase : IFault
{
    public string Name => "PostgreSQL held";

    public Task InjectAsync(TestPlant plant, Dose dose) => plant.Postgres.HoldAsync();

    public TimeSpan LastsFor(Dose dose) => dose.Outage / 2;

    public Task HealAsync(TestPlant plant, Dose dose) => plant.Postgres.ContinueAsync();
}

internal sealed class ReadOnlyDatabase : IFault
{
    private int _before;

    public string Name => "PostgreSQL read-only";

    public Task InjectAsync(TestPlant plant, Dose dose)
    {
        _before = plant.CountInLogs("25006");
        return plant.Postgres.ReloadAsync("ALTER SYSTEM SET default_transaction_read_only = on");
    }

    public TimeSpan LastsFor(Dose dose) => dose.Outage / 2;

    public async Task HealAsync(TestPlant plant, Dose dose)
    {
        await Eventually.HoldsAsync(() => plant.CountInLogs("25006") > _before, "a commit is refused");
        await plant.Postgres.ReloadAsync("ALTER SYSTEM RESET default_transaction_read_only");
    }
}

/// <summary>Others have every connection, those of the server included.</summary>
internal sealed class TakenConnections : IFault
{
    private readonly List<NpgsqlConnection> _taken = [];
    private int _before;

    public string Name => "PostgreSQL out of connections";

    public async Task InjectAsync(TestPlant plant, Dose dose)
    {
        _before = plant.CountInLogs("53300");
        try
        {
            await TakeAsync(plant);
            await TakeFromServerAsync(plant);
        }
        catch
        {
            await GiveBackAsync();
            throw;
        }
    }

    public TimeSpan LastsFor(Dose dose) => dose.Outage / 2;

    public async Task HealAsync(TestPlant plant, Dose dose)
    {
        try
        {
            await Eventually.HoldsAsync(
                async () =>
                {
                    if (plant.CountInLogs("53300") > _before) return true;
                    // It was faster, and has some again.
                    await TakeFromServerAsync(plant);
                    return false;
                },
                "the server gets no connection");
        }
        finally
        {
            await GiveBackAsync();
        }
    }

    private async Task GiveBackAsync()
    {
        foreach (NpgsqlConnection connection in _taken) await connection.DisposeAsync();
        _taken.Clear();
    }

    /// <summary>The last that was taken ends those of the server, which is to find no other in their place.</summary>
    private async Task TakeFromServerAsync(TestPlant plant)
    {
        await using (NpgsqlCommand command = new("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'stepcloud'", _taken[^1])) await command.ExecuteNonQueryAsync();
        await TakeAsync(plant);
    }

    private async Task TakeAsync(TestPlant plant)
    {
        // A backend that is being ended has its place for a moment longer.
        for (int refused = 0; refused < 20;)
        {
            NpgsqlConnection connection = new(plant.Postgres.AdministratorConnectionString);
            try
            {
                await connection.OpenAsync();
                _taken.Add(connection);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                await connection.DisposeAsync();
                refused++;
                await Task.Delay(10);
            }
        }
    }
}

/// <summary>Its file system has no block left.</summary>
internal sealed class FullDisk : IFault
{
    private int _before;

    public string Name => "disk full";

    public async Task InjectAsync(TestPlant plant, Dose dose)
    {
        _before = plant.CountInLogs("53100");
        SmallDisk disk = plant.Postgres.Disk ?? throw new InvalidOperationException("A small file system is mounted by root, where the kernel allows it: this fault was not tried.");
        await disk.FillAsync();
    }

    public TimeSpan LastsFor(Dose dose) => dose.Outage;

    public async Task HealAsync(TestPlant plant, Dose dose)
    {
        await Eventually.HoldsAsync(() => !plant.Postgres.IsRunning || plant.CountInLogs("53100") > _before, "the disk is full for it");
        bool ended = !plant.Postgres.IsRunning;
        plant.Postgres.Disk!.Clear();
        // Without room for its log it gives up, and is started again as after a crash.
        if (ended) await plant.Postgres.StartAsync();
    }
}

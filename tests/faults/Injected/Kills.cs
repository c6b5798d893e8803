using StepCloud.Tests.Faults.Plant;

namespace StepCloud.Tests.Faults.Injected;

/// <summary>A process is killed at random times (SIGKILL) and brought back, again and again.</summary>
internal abstract class Kills : IFault
{
    public abstract string Name { get; }

    public int CountOf(Dose dose) => dose.Kills;

    public async Task InjectAsync(TestPlant plant, Dose dose)
    {
        for (int i = 0; i < dose.Kills; i++)
        {
            await dose.RandomMomentAsync();
            await KillAsync(plant);
            await BringBackAsync(plant);
        }
    }

    public TimeSpan LastsFor(Dose dose) => TimeSpan.Zero;

    public Task HealAsync(TestPlant plant, Dose dose) => Task.CompletedTask;

    protected abstract Task KillAsync(TestPlant plant);

    protected abstract Task BringBackAsync(TestPlant plant);
}

internal sealed class KilledServer : Kills
{
    public override string Name => "server killed";

    protected override Task KillAsync(TestPlant plant) => plant.KillServerAsync();

    protected override Task BringBackAsync(TestPlant plant) => plant.StartServerAsync();
}

internal sealed class KilledDatabase : Kills
{
    public override string Name => "PostgreSQL killed";

    protected override Task KillAsync(TestPlant plant) => plant.Postgres.KillAsync();

    protected override Task BringBackAsync(TestPlant plant) => plant.Postgres.StartAsync();
}

internal sealed class KilledGateways : Kills
{
    public override string Name => "gateways killed";

    protected override Task KillAsync(TestPlant plant) => plant.KillShopAsync();

    protected override Task BringBackAsync(TestPlant plant) => plant.StartShopAsync();
}

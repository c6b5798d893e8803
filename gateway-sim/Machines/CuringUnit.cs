using System.Text.Json.Nodes;
using StepCloud.Contracts.Steps;

namespace StepCloud.GatewaySim.Machines;

/// <summary>A flash-light curing unit under nitrogen: purge, then flashes, then the part is turned over and cured again.</summary>
public sealed class CuringUnit(Random random) : IMachine
{
    /// <summary>Above it, oxygen keeps the surface of the part soft.</summary>
    private const double OxygenLimitPercent = 1.0;

    public MachineKind Kind => MachineKind.CuringUnit;

    public IEnumerable<StepDraft> Work()
    {
        while (true)
        {
            int flashes = random.Next(2) == 0 ? 20 : 30;
            JsonObject Settings() => new() { ["flashes"] = flashes, ["flash_rate_hz"] = 10, ["atmosphere"] = "nitrogen" };
            if (random.Next(5) == 0)
                yield return new StepDraft("Program changed", TimeSpan.Zero, StepKind.SettingsChanged) { Settings = Settings() };
            foreach (string side in (string[])["upper side", "lower side"])
            {
                double leak = 0.5 + 0.7 * random.NextDouble();
                yield return Purge(side, leak, Settings());
                yield return Flash(side, flashes, Settings());
            }
        }
    }

    private StepDraft Purge(string side, double oxygenPercent, JsonObject settings)
    {
        StepDraft step = new StepDraft($"Purge, {side}", TimeSpan.FromSeconds(1)) { Settings = settings }
            .Timeseries("oxygen", "%", PreferredChart.Line, TimeSpan.Zero, TimeSpan.FromMilliseconds(50),
                Sensor.Sample(21, at => Sensor.Read(random, oxygenPercent + (20.9 - oxygenPercent) * Math.Exp(-7 * at), 0.01, 3)));
        return oxygenPercent > OxygenLimitPercent
            ? step.Log(LogKind.Error, "atmosphere", $"oxygen {oxygenPercent:F2} %, limit {OxygenLimitPercent:F2} %")
            : step;
    }

    private StepDraft Flash(string side, int flashes, JsonObject settings) =>
        new StepDraft($"Cure, {side}", TimeSpan.FromMilliseconds(100 * flashes)) { Settings = settings }
            .Timeseries("flash_energy", "J", PreferredChart.Bar, TimeSpan.Zero, TimeSpan.FromMilliseconds(100),
                Sensor.Sample(flashes, at => Sensor.Read(random, 200 - 6 * at, 1.5, 1)))
            .Timeseries("chamber_temperature", "°C", PreferredChart.Line, TimeSpan.Zero, TimeSpan.FromMilliseconds(250),
                Sensor.Sample(flashes * 2 / 5 + 1, at => Sensor.Read(random, 31 + 14 * at, 0.1, 1)))
            .Singular("flashes_total", "", flashes);
}

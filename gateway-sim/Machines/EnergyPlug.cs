using System.Text.Json.Nodes;
using StepCloud.Contracts.Steps;

namespace StepCloud.GatewaySim.Machines;

/// <summary>A plug that meters what hangs on it. It knows no work steps, so it reports by the clock.</summary>
public sealed class EnergyPlug(Random random) : IMachine
{
    private const int ReadingsPerStep = 10;

    private static readonly TimeSpan ReadingInterval = TimeSpan.FromMilliseconds(100);

    public MachineKind Kind => MachineKind.EnergyPlug;

    public IEnumerable<StepDraft> Work()
    {
        double total = 1000 * random.NextDouble();
        bool on = true;
        while (true)
        {
            if (random.Next(20) == 0)
            {
                on = !on;
                yield return new StepDraft(on ? "Switched on" : "Switched off", TimeSpan.Zero, StepKind.SettingsChanged) { Settings = Settings(on) };
            }
            double[] watts = Sensor.Sample(ReadingsPerStep, _ => on ? Sensor.Read(random, 184, 25, 1) : 0);
            double wattHours = watts.Average() * ReadingInterval.TotalHours * ReadingsPerStep;
            total += wattHours / 1000;
            yield return new StepDraft("Interval", ReadingInterval * ReadingsPerStep) { Settings = Settings(on) }
                .Timeseries("power", "W", PreferredChart.Line, TimeSpan.Zero, ReadingInterval, watts)
                .Timeseries("voltage", "V", PreferredChart.Line, TimeSpan.Zero, ReadingInterval,
                    Sensor.Sample(ReadingsPerStep, _ => Sensor.Read(random, 231, 1.2, 1)))
                .Singular("energy", "Wh", wattHours)
                .Singular("energy_total", "kWh", total);
        }
    }

    private static JsonObject Settings(bool on) => new() { ["relay"] = on ? "on" : "off", ["reporting_interval_s"] = 1 };
}

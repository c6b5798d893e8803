using System.Text.Json.Nodes;
using StepCloud.Contracts.Steps;

namespace StepCloud.GatewaySim.Machines;

/// <summary>An ultrasonic bath: fill, degas, clean, drain. Seconds here, where a real cycle takes minutes.</summary>
public sealed class UltrasonicWasher(Random random) : IMachine
{
    public MachineKind Kind => MachineKind.UltrasonicWasher;

    public IEnumerable<StepDraft> Work()
    {
        int frequencyKilohertz = 37;
        while (true)
        {
            if (random.Next(4) == 0)
            {
                frequencyKilohertz = frequencyKilohertz == 37 ? 80 : 37;
                yield return new StepDraft("Frequency switched", TimeSpan.Zero, StepKind.SettingsChanged) { Settings = Settings("eco", frequencyKilohertz) };
            }
            string program = random.Next(2) == 0 ? "eco" : "dynamic";
            yield return Bath("Degas", 1.5, 60, Settings(program, frequencyKilohertz));
            yield return Bath("Clean", 2.5, 120, Settings(program, frequencyKilohertz));
            yield return new StepDraft("Drain", TimeSpan.FromSeconds(1)) { Settings = Settings(program, frequencyKilohertz) }
                .Singular("turbidity", "NTU", Sensor.Read(random, 18, 4, 1));
        }
    }

    private StepDraft Bath(string label, double seconds, double watts, JsonObject settings) =>
        new StepDraft(label, TimeSpan.FromSeconds(seconds)) { Settings = settings }
            .Timeseries("bath_temperature", "°C", PreferredChart.Line, TimeSpan.Zero, TimeSpan.FromMilliseconds(250),
                Sensor.Sample((int)(seconds * 4) + 1, at => Sensor.Read(random, 40 + 2 * at, 0.1, 1)))
            .Timeseries("sound_power", "W", PreferredChart.Scatter, TimeSpan.Zero, TimeSpan.FromMilliseconds(100),
                Sensor.Sample((int)(seconds * 10) + 1, at => Sensor.Read(random, watts * (1 + 0.1 * Math.Sin(20 * at)), 3, 1)))
            .Log(LogKind.Debug, "controller", $"{label.ToLowerInvariant()}: set {watts} W");

    private static JsonObject Settings(string program, int frequencyKilohertz) =>
        new() { ["program"] = program, ["frequency_khz"] = frequencyKilohertz, ["temperature_set_c"] = 42, ["fluid"] = "isopropanol 99 %" };
}

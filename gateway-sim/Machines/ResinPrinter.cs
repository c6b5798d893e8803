using System.Globalization;
using System.Text.Json.Nodes;
using StepCloud.Contracts.Steps;

namespace StepCloud.GatewaySim.Machines;

/// <summary>
/// A resin printer that pulls each layer off its film: the force of that is what tells a good print from a torn one. A layer takes about
/// a second here, where a real one takes six to ten.
/// </summary>
public sealed class ResinPrinter(Random random) : IMachine
{
    /// <summary>Above it the film or the part suffers.</summary>
    private const double ForceLimitKilograms = 4.5;

    private static readonly (string Material, double ExposureSeconds, double MillijoulesPerSquareCentimetre)[] Materials =
    [
        ("DentaMODEL", 0.42, 11.0),
        ("DentaGUIDE", 0.55, 14.5),
        ("DentaTRY", 0.48, 12.2),
    ];

    private int _job = random.Next(100, 900);

    public MachineKind Kind => MachineKind.ResinPrinter;

    public IEnumerable<StepDraft> Work()
    {
        while (true)
        {
            foreach (StepDraft step in Job())
                yield return step;
        }
    }

    private IEnumerable<StepDraft> Job()
    {
        (string material, double exposure, double energy) = Materials[random.Next(Materials.Length)];
        string job = string.Create(CultureInfo.InvariantCulture, $"J-{++_job:D4}");
        int layers = random.Next(18, 36);
        double areaMax = 4 + 8 * random.NextDouble();
        List<string> buildLog = [$"{job}: {material}, {layers} layers of 50 µm"];
        JsonObject Settings() => new() { ["job"] = job, ["material"] = material, ["layer_thickness_um"] = 50, ["layers"] = layers, ["exposure_s"] = exposure };

        yield return new StepDraft("Job loaded", TimeSpan.Zero, StepKind.SettingsChanged) { Settings = Settings() };
        yield return Heating(Settings());
        for (int layer = 1; layer <= layers; layer++)
        {
            double part = layer / (double)layers;
            double area = areaMax * Math.Sin(Math.PI * (0.15 + 0.8 * part));
            if (layer == layers / 2 && random.Next(3) == 0)
            {
                exposure = Math.Round(exposure * 1.1, 3);
                buildLog.Add($"layer {layer}: exposure raised to {exposure.ToString(CultureInfo.InvariantCulture)} s");
                yield return new StepDraft("Exposure changed", TimeSpan.Zero, StepKind.SettingsChanged) { Settings = Settings() };
            }
            yield return Layer(layer, part, area, exposure, energy, Settings(), buildLog);
        }
        buildLog.Add("finished");
        yield return new StepDraft("Raise platform", TimeSpan.FromSeconds(1.5)) { Settings = Settings() }
            .Singular("resin_used", "mL", Math.Round(areaMax * layers * 0.005 * 1.12, 2))
            .Log(LogKind.Build, "build log", [.. buildLog]);
    }

    private StepDraft Heating(JsonObject settings) =>
        new StepDraft("Heat resin", TimeSpan.FromSeconds(2)) { Settings = settings }
            .Timeseries("resin_temperature", "°C", PreferredChart.Line, TimeSpan.Zero, TimeSpan.FromMilliseconds(100),
                Sensor.Sample(21, at => Sensor.Read(random, 35 - 12 * Math.Exp(-3 * at), 0.05, 2)));

    private StepDraft Layer(int layer, double part, double area, double exposure, double energy, JsonObject settings, List<string> buildLog)
    {
        // The force grows while the film bends and drops when it lets go, the later the larger the area.
        double peak = area * (0.32 + 0.08 * random.NextDouble());
        double release = 0.45 + 0.04 * area * random.NextDouble();
        double[] force = Sensor.Sample(41, at => Sensor.Read(
            random, at < release ? peak * Math.Pow(at / release, 1.6) : peak * 0.06 * Math.Exp(-8 * (at - release)), 0.02, 3));
        TimeSpan exposed = TimeSpan.FromSeconds(exposure);
        StepDraft step = new StepDraft($"Layer {layer}", exposed + TimeSpan.FromMilliseconds(600)) { Settings = settings }
            .Timeseries("separation_force", "kg", PreferredChart.Line, exposed, TimeSpan.FromMilliseconds(10), force)
            .Timeseries("resin_temperature", "°C", PreferredChart.Line, TimeSpan.Zero, TimeSpan.FromMilliseconds(200),
                Sensor.Sample(5, _ => Sensor.Read(random, 35, 0.08, 2)))
            .Singular("layer_progress", "%", Math.Round(100 * part, 1))
            .Singular("exposure_energy", "mJ/cm²", Sensor.Read(random, energy, 0.1, 2))
            .Log(LogKind.Debug, "motion", $"z {layer * 0.05:F3} mm", $"peel {force.Max():F3} kg");
        buildLog.Add($"layer {layer}: peak {force.Max():F3} kg");
        if (force.Max() > ForceLimitKilograms)
            step.Log(LogKind.Error, "separation", $"{force.Max():F3} kg is over the limit of {ForceLimitKilograms} kg");
        return step;
    }
}

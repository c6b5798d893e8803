using System.Text.Json;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.GatewaySim.Machines;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Machines;

public sealed class MachineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Machines() => ["printer", "washer", "curing", "plug"];

    [Theory]
    [MemberData(nameof(Machines))]
    public void Every_step_is_one_that_the_server_takes(string machine)
    {
        foreach (StepEvent step in Steps(machine, 2000, speed: 3))
        {
            step.Ended.ShouldBeGreaterThanOrEqualTo(step.Started);
            (step.Started.Ticks % TimeSpan.TicksPerMicrosecond).ShouldBe(0);
            JsonDocument.Parse(step.Settings).RootElement.ValueKind.ShouldBe(JsonValueKind.Object);
            step.Series.Select(series => series.Name).ShouldBeUnique();
            foreach (StepSeries series in step.Series)
            {
                series.Values.All(double.IsFinite).ShouldBeTrue();
                series.TimesMicroseconds.Length.ShouldBe(series.Kind == SeriesKind.Singular ? 0 : series.Values.Length);
                series.Values.Length.ShouldBeGreaterThanOrEqualTo(1);
                series.TimesMicroseconds.ShouldBeInOrder();
                if (series.TimesMicroseconds.Length > 0)
                    series.TimesMicroseconds[^1].ShouldBeLessThanOrEqualTo((long)(step.Ended - step.Started).TotalMicroseconds + 1);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Settings_change_now_and_then_and_steps_are_short_enough_for_a_demonstration(string machine)
    {
        StepEvent[] steps = [.. Steps(machine, 500, speed: 1)];

        steps.Count(step => step.Kind == StepKind.SettingsChanged).ShouldBeInRange(5, 250);
        steps.Where(step => step.Kind == StepKind.SettingsChanged).ShouldAllBe(step => step.Series.Count == 0 && step.Ended == step.Started);
        steps.Average(step => (step.Ended - step.Started).TotalSeconds).ShouldBeLessThan(2.5);
    }

    [Fact]
    public void The_printer_reports_the_force_in_kilograms_the_progress_to_the_end_and_its_logs()
    {
        StepEvent[] steps = [.. Steps("printer", 500, speed: 1)];
        StepEvent[] layers = [.. steps.Where(step => step.Label.StartsWith("Layer ", StringComparison.Ordinal))];

        layers.ShouldAllBe(step => step.Series.Any(series => series.Name == "separation_force" && series.Unit == "kg" && series.Values.Length > 20));
        layers.ShouldAllBe(step => step.Logs.Any(log => log.Kind == LogKind.Debug));
        steps.ShouldContain(step => step.Series.Any(series => series.Name == "layer_progress" && series.Values[0] == 100));
        steps.ShouldContain(step => step.Logs.Any(log => log.Kind == LogKind.Build && log.Lines.Length > 10));
    }

    [Fact]
    public void A_device_keeps_its_id_over_a_restart_and_no_two_gateways_call_theirs_alike()
    {
        DeviceBook first = DeviceBook.Read(_folder["first.json"], TimeProvider.System);
        DeviceId printer = first.Meet(MachineKind.ResinPrinter);
        DeviceId washer = first.Meet(MachineKind.UltrasonicWasher);
        printer.ShouldNotBe(washer);

        DeviceBook again = DeviceBook.Read(_folder["first.json"], TimeProvider.System);
        again.Meet(MachineKind.ResinPrinter).ShouldBe(printer);
        again.Devices.ShouldBe(first.Devices);

        DeviceBook other = DeviceBook.Read(_folder["other.json"], TimeProvider.System);
        other.Meet(MachineKind.ResinPrinter);
        other.Devices[0].Source.ShouldNotBe(again.Devices[0].Source);
    }

    private static IEnumerable<StepEvent> Steps(string machine, int count, double speed)
    {
        Random random = new(4711);
        IMachine made = machine switch
        {
            "printer" => new ResinPrinter(random),
            "washer" => new UltrasonicWasher(random),
            "curing" => new CuringUnit(random),
            _ => new EnergyPlug(random),
        };
        DateTimeOffset now = FakeClock.Start.AddTicks(7);
        foreach (StepDraft draft in made.Work().Take(count))
        {
            StepEvent step = draft.At(now, new DeviceId(Guid.NewGuid()), speed);
            now = step.Ended.AddTicks(3);
            yield return step;
        }
    }
}

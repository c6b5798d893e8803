using System.Globalization;
using System.Text.Json;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.GatewaySim.Replay;
using StepCloud.GatewaySim.Wire;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Replay;

public sealed class ReplayStepsTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 7, 0, 0, 250, TimeSpan.Zero);
    private static readonly DeviceId Mill = DeviceId.Parse("019aa5b3-6c00-7abc-8def-000000000001", null);

    public static TheoryData<string> Recordings() => [OwnRecording.Path, .. SharedData.CncMill];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Every_value_of_the_file_arrives_bit_for_bit_at_its_time(string file)
    {
        // Read by plain means of our own: the recordings have no quotes.
        string[][] rows = [.. File.ReadAllLines(file).Select(line => line.Split(','))];
        string[] header = rows[0];
        int row = 1;
        foreach (JsonElement step in Steps(file))
        {
            DateTimeOffset started = step.GetProperty("started").GetDateTimeOffset();
            started.ShouldBe(Start + TimeSpan.FromMilliseconds(100 * (row - 1)));
            JsonElement[] series = [.. step.GetProperty("series").EnumerateArray()];
            series.Select(one => one.GetProperty("name").GetString()).ShouldBe(header[1..^2]);
            int first = row;
            foreach ((int column, JsonElement one) in series.Index())
            {
                row = first;
                one.GetProperty("times_us").EnumerateArray().Select(time => time.GetRawText())
                    .ShouldBe(Enumerable.Range(0, one.GetProperty("values").GetArrayLength()).Select(sample => (sample * 100_000L).ToString(CultureInfo.InvariantCulture)));
                foreach (JsonElement value in one.GetProperty("values").EnumerateArray())
                {
                    string recorded = rows[row++][column + 1];
                    if (BitConverter.DoubleToInt64Bits(value.GetDouble()) != BitConverter.DoubleToInt64Bits(double.Parse(recorded, CultureInfo.InvariantCulture)))
                        Assert.Fail($"line {row}, {header[column + 1]}: {recorded} became {value.GetRawText()}");
                }
            }
            rows[first..row].Select(fields => fields[^2]).Distinct().ShouldBe([step.GetProperty("label").GetString()]);
            rows[first..row].Select(fields => fields[^1]).Distinct().ShouldBe([step.GetProperty("settings").GetProperty("tool_condition").GetString()]);
            step.GetProperty("ended").GetDateTimeOffset().ShouldBe(Start + TimeSpan.FromMilliseconds(100 * (row - 1)));
        }
        row.ShouldBe(rows.Length);
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void The_same_file_again_makes_the_same_ids_and_the_same_bytes(string file) =>
        Payloads(Read(file), Start, Mill).ShouldBe(Payloads(Read(file), Start, Mill));

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Every_id_is_a_version_7_one_of_the_steps_own_time_and_there_once(string file)
    {
        StepEvent[] steps = [.. ReplaySteps.Of(new ReplayJob(Read(file), Start, "x.csv"), Mill)];

        steps.ShouldAllBe(step => step.Id.IsVersion7 && step.Id.Time == step.Started);
        steps.Select(step => step.Id).Distinct().Count().ShouldBe(steps.Length);
    }

    [Fact]
    public void Another_device_start_or_content_makes_other_ids()
    {
        MachiningFile file = Read(OwnRecording.Path);
        byte[] changed = File.ReadAllBytes(OwnRecording.Path);
        changed[^2] = (byte)'x';
        MachiningFile other = MachiningCsv.Read("other.csv", changed);

        StepId[] ids =
        [
            .. Ids(file, Start, Mill),
            .. Ids(file, Start.AddMilliseconds(1), Mill),
            .. Ids(file, Start, new DeviceId(Guid.NewGuid())),
            .. Ids(other, Start, Mill),
        ];

        ids.Distinct().Count().ShouldBe(ids.Length);
    }

    [Fact]
    public void A_run_of_equal_processes_is_a_step_however_often_the_name_comes_back_and_case_matters()
    {
        StepEvent[] steps = [.. ReplaySteps.Of(new ReplayJob(Read(OwnRecording.Path), Start, "own_part.csv"), Mill)];

        steps.Select(step => step.Label).ShouldBe(["Starting", "Prep", "Layer 1 Up", "Layer 1 Down", "Repositioning", "Layer 1 Up", "End", "end"]);
        steps[5].Settings.ShouldBe("""{"file":"own_part.csv","run":6,"tool_condition":"unworn"}""");
        steps.ShouldAllBe(step => step.Kind == StepKind.TaskPerformed && step.Series.Count == 47 && step.Logs.Count == 0);
    }

    [Fact]
    public void Settings_are_the_text_that_a_server_makes_of_them_and_hashes() =>
        ReplaySteps.Of(new ReplayJob(Read(OwnRecording.Path), Start, "Größe 'A+B' <1>.csv"), Mill).First().Settings
            .ShouldBe("""{"file":"Größe 'A+B' <1>.csv","run":1,"tool_condition":"unworn"}""");

    [Theory]
    [InlineData("X1_ActualPosition", "mm")]
    [InlineData("S1_CommandVelocity", "mm/s")]
    [InlineData("Z1_CommandAcceleration", "mm/s²")]
    [InlineData("Y1_CurrentFeedback", "A")]
    [InlineData("Y1_OutputCurrent", "A")]
    [InlineData("X1_DCBusVoltage", "V")]
    [InlineData("X1_OutputVoltage", "V")]
    [InlineData("S1_OutputPower", "kW")]
    [InlineData("S1_SystemInertia", "kg·m²")]
    [InlineData("M1_CURRENT_FEEDRATE", "")]
    [InlineData("M1_sequence_number", "")]
    public void A_signal_has_the_unit_that_the_recordings_readme_gives_it(string signal, string unit) => SignalUnit.Of(signal).ShouldBe(unit);

    private static MachiningFile Read(string file) => MachiningCsv.Read(file, File.ReadAllBytes(file));

    private static IEnumerable<string> Payloads(MachiningFile file, DateTimeOffset start, DeviceId device) =>
        ReplaySteps.Of(new ReplayJob(file, start, file.Name), device).Select(step => Convert.ToHexString(StepJson.Write(step)));

    private static IEnumerable<StepId> Ids(MachiningFile file, DateTimeOffset start, DeviceId device) =>
        ReplaySteps.Of(new ReplayJob(file, start, file.Name), device).Select(step => step.Id);

    private static IEnumerable<JsonElement> Steps(string file) =>
        ReplaySteps.Of(new ReplayJob(Read(file), Start, Path.GetFileName(file)), Mill).Select(step => JsonDocument.Parse(StepJson.Write(step)).RootElement);
}

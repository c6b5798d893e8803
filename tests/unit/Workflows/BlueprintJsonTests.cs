using System.Text.Json;
using Shouldly;
using StepCloud.Actors.Workflows;
using Xunit;

namespace StepCloud.Tests.Unit.Workflows;

public sealed class BlueprintJsonTests
{
    private const string Step = """{"key":"a","name":"A","kind":"mill"}""";

    private static readonly Blueprint Whole = new(
    [
        new BlueprintStep("wash", "Wäsche \"1\" 😀") { Model = Flows.Model, TimesMin = 0, TimesMax = 4 },
        new BlueprintStep("cure", "Cure")
        {
            Kind = "curing_unit", Label = "Cure", DurationS = new NumberRange(0.1, 1e300), Materials = ["Resin"], NeedsValidation = true, FirmwareAt = "/v", ProgramAt = "/p",
            Settings = [new SettingRule("/a") { EqualTo = "null" }, new SettingRule("/b") { Min = -0.5, Max = 1.0 / 3 }],
            Series = [new SeriesLimit("t", SeriesStatistic.P95) { Unit = "C", Max = 5 }], Waits = [new WaitRule("wash") { MinS = 1, MaxS = 2 }],
        },
    ]) { FindsExtraSteps = false };

    [Fact]
    public void What_was_written_is_read_and_written_again_letter_by_letter()
    {
        string json = BlueprintJson.Write(Whole);
        Blueprint read = BlueprintJson.Read(json);
        BlueprintJson.Write(read).ShouldBe(json);
        read.ShouldBeEquivalentTo(BlueprintJson.Read(json));
        (read.FindsExtraSteps, read.Steps[0].Name, read.Steps[0].Model, read.Steps[1].Settings[1].Max, read.Steps[1].Series[0].Statistic, read.Steps[1].Waits[0].MaxS)
            .ShouldBe((false, "Wäsche \"1\" 😀", Flows.Model, 1.0 / 3, SeriesStatistic.P95, 2));
        json.ShouldContain("\"statistic\":\"p95\"");
    }

    [Fact]
    public void What_is_not_said_has_its_usual_value()
    {
        BlueprintStep step = BlueprintJson.Read($$"""{"steps":[{{Step}}]}""").Steps.ShouldHaveSingleItem();
        (step.TimesMin, step.TimesMax, step.NeedsValidation, step.FirmwareAt, step.ProgramAt, step.DurationS, step.Settings.Count).ShouldBe((1, 1, false, "/firmware", "/program", null, 0));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"steps":null}""")]
    [InlineData("""{"steps":{}}""")]
    [InlineData("""{"steps":[null]}""")]
    [InlineData("""{"steps":[],"colour":1}""")]
    [InlineData("""{"steps":[],"steps":[]}""")]
    [InlineData("""{"steps":[],"finds_extra_steps":1}""")]
    [InlineData("""{"steps":[{"key":"a"}]}""")]
    [InlineData("""{"steps":[{"key":null,"name":"A"}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":5}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","Label":"x"}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","model":"x"}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","times_min":"1"}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","times_min":1.5}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","times_min":null}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","settings":null}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","settings":[null]}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","settings":[{"min":1}]}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","settings":[{"pointer":"/a","range":{}}]}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","series":[{"name":"t","statistic":3}]}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","series":[{"name":"t","statistic":"median"}]}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","series":[null]}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","waits":[null]}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","waits":[{"after":"b","max_s":"1"}]}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","materials":[null]}]}""")]
    [InlineData("""{"steps":[{"key":"a","name":"A","duration_s":5}]}""")]
    public void What_is_no_blueprint_is_refused(string json) => Should.Throw<JsonException>(() => BlueprintJson.Read(json));
}

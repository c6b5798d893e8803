using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Api.Ingress;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;
using Xunit;

namespace StepCloud.Tests.Api.Ingress;

public sealed class StepReaderTests
{
    [Fact]
    public void A_step_is_read_with_everything_it_holds()
    {
        StepEvent step = ReadOne(StepJson.Step()).Value.ShouldNotBeNull();

        step.Device.Value.ShouldBe(StepJson.Device);
        step.Kind.ShouldBe(StepKind.TaskPerformed);
        step.Started.ShouldBe(StepJson.Now.AddMinutes(-10));
        step.Ended.ShouldBe(StepJson.Now.AddMinutes(-10).AddSeconds(9));
        step.Label.ShouldBe("Layer 1 Up");
        step.Settings.ShouldBe("""{"exposure_s":2.5,"nested":{"a":[1,"b",null,true]}}""");
        StepSeries series = step.Series.ShouldHaveSingleItem();
        (series.Name, series.Unit, series.Kind, series.Chart).ShouldBe(("force", "kg", SeriesKind.Timeseries, PreferredChart.Line));
        series.TimesMicroseconds.ShouldBe([0, 100_000]);
        series.Values.ShouldBe([1.5, -0.25]);
        StepLog log = step.Logs.ShouldHaveSingleItem();
        (log.Kind, log.Label).ShouldBe((LogKind.Build, "build"));
        log.Lines.ShouldBe(["one", "two"]);
    }

    [Fact]
    public void What_may_be_left_out_has_its_default()
    {
        JsonObject json = StepJson.Step();
        foreach (string optional in (string[])["label", "settings", "series", "logs"]) json.Remove(optional);
        StepEvent step = ReadOne(json).Value.ShouldNotBeNull();

        (step.Label, step.Settings, step.Series.Count, step.Logs.Count).ShouldBe(("", "{}", 0, 0));
    }

    [Theory]
    [InlineData("succeeded", StepResult.Succeeded)]
    [InlineData("failed", StepResult.Failed)]
    [InlineData("aborted", StepResult.Aborted)]
    public void How_it_ended_for_which_job_and_its_place_in_the_sequence_are_read(string word, StepResult outcome)
    {
        JsonObject json = StepJson.Step();
        (json["outcome"], json["job"], json["sequence"]) = (word, "K-2471", 0);
        StepEvent step = ReadOne(json).Value.ShouldNotBeNull();
        (step.Outcome, step.Job, step.Sequence).ShouldBe((outcome, "K-2471", 0));
    }

    [Fact]
    public void White_space_and_order_of_the_fields_do_not_change_the_step()
    {
        JsonObject json = StepJson.Step();
        JsonObject turned = new([.. json.Reverse().Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))]);
        byte[] spaced = StepJson.Bytes(turned.ToJsonString(new() { WriteIndented = true }));

        StepEvent one = ReadOne(json).Value!;
        StepEvent other = StepReader.Read(spaced, StepJson.Now).Elements.ShouldHaveSingleItem().Value!;

        other.Settings.ShouldBe(one.Settings);
        (other.Id, other.Started, other.Label).ShouldBe((one.Id, one.Started, one.Label));
    }

    [Fact]
    public void Every_finite_double_arrives_bit_for_bit()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<double>().Filter(double.IsFinite), value =>
        {
            JsonObject json = StepJson.Step();
            json["series"] = new JsonArray(StepJson.Series("v", [0], [value]));
            double read = ReadOne(json).Value!.Series[0].Values[0];
            return BitConverter.DoubleToInt64Bits(read) == BitConverter.DoubleToInt64Bits(value);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Theory]
    [InlineData("-0.0")]
    [InlineData("4.9406564584124654e-324")]
    [InlineData("2.2250738585072011e-308")]
    [InlineData("1.7976931348623157e308")]
    [InlineData("6.96e-07")]
    public void Doubles_at_the_edges_arrive_bit_for_bit(string text)
    {
        string json = StepJson.Step().ToJsonString().Replace("-0.25", text, StringComparison.Ordinal);
        double read = StepReader.Read(StepJson.Bytes(json), StepJson.Now).Elements[0].Value!.Series[0].Values[1];
        BitConverter.DoubleToInt64Bits(read).ShouldBe(BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Times_are_kept_to_the_microsecond_in_UTC()
    {
        JsonObject json = StepJson.Step();
        json["started"] = "2026-11-21T12:49:00.1234567+01:00";
        ReadOne(json).Value!.Started.ShouldBe(new DateTimeOffset(2026, 11, 21, 11, 49, 0, 123, 456, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("id", "\"x\"", RefusalCode.WrongType)]
    [InlineData("id", "\"0b6f7a52-3b3f-4a52-8f43-0d4cf4a7c001\"", RefusalCode.IdNotUuid7)]
    [InlineData("id", "\"01000000-0000-7000-8000-000000000000\"", RefusalCode.IdTimeMismatch)]
    [InlineData("device", "17", RefusalCode.WrongType)]
    [InlineData("kind", "\"task\"", RefusalCode.ValueOutOfRange)]
    [InlineData("kind", "null", RefusalCode.WrongType)]
    [InlineData("started", "\"2026-11-21T12:00:00\"", RefusalCode.WrongType)]
    [InlineData("started", "\"yesterday\"", RefusalCode.WrongType)]
    [InlineData("started", "\"1970-01-01T00:00:00Z\"", RefusalCode.TimeTooOld)]
    [InlineData("ended", "\"2126-01-01T00:00:00Z\"", RefusalCode.TimeInFuture)]
    [InlineData("ended", "\"2026-11-20T00:00:00Z\"", RefusalCode.ValueOutOfRange)]
    [InlineData("started", "\"2026-10-20T00:00:00Z\"", RefusalCode.ValueOutOfRange)]
    [InlineData("outcome", "\"good\"", RefusalCode.ValueOutOfRange)]
    [InlineData("outcome", "1", RefusalCode.WrongType)]
    [InlineData("job", "\"\"", RefusalCode.ValueOutOfRange)]
    [InlineData("job", "null", RefusalCode.WrongType)]
    [InlineData("sequence", "-1", RefusalCode.ValueOutOfRange)]
    [InlineData("sequence", "1.5", RefusalCode.WrongType)]
    [InlineData("sequence", "\"7\"", RefusalCode.WrongType)]
    [InlineData("label", "\"a\\u0000b\"", RefusalCode.ForbiddenCharacter)]
    [InlineData("label", "\"\\ud800\"", RefusalCode.ForbiddenCharacter)]
    [InlineData("id", "\"\\ud800\"", RefusalCode.WrongType)]
    [InlineData("started", "\"\\ud800\"", RefusalCode.WrongType)]
    [InlineData("settings", "[]", RefusalCode.WrongType)]
    [InlineData("settings", "{\"a\":1,\"a\":2}", RefusalCode.MalformedJson)]
    [InlineData("settings", "{\"a\\u0000\":1}", RefusalCode.ForbiddenCharacter)]
    [InlineData("settings", "{\"a\":1e999}", RefusalCode.ValueNotFinite)]
    [InlineData("series", "{}", RefusalCode.WrongType)]
    [InlineData("series", "[{\"values\":[1]}]", RefusalCode.MissingField)]
    [InlineData("series", "[{\"name\":\"a\",\"times_us\":[0]}]", RefusalCode.MissingField)]
    [InlineData("series", "[{\"name\":\"a\",\"times_us\":[0,1],\"values\":[1]}]", RefusalCode.UnequalLength)]
    [InlineData("series", "[{\"name\":\"a\",\"kind\":\"singular\",\"values\":[1,2]}]", RefusalCode.UnequalLength)]
    [InlineData("series", "[{\"name\":\"a\",\"times_us\":[0],\"values\":[1e999]}]", RefusalCode.ValueNotFinite)]
    [InlineData("series", "[{\"name\":\"a\",\"times_us\":[0],\"values\":[null]}]", RefusalCode.ValueNotFinite)]
    [InlineData("series", "[{\"name\":\"a\",\"times_us\":[0],\"values\":[\"NaN\"]}]", RefusalCode.ValueNotFinite)]
    [InlineData("series", "[{\"name\":\"a\",\"times_us\":[0.5],\"values\":[1]}]", RefusalCode.WrongType)]
    [InlineData("series", "[{\"name\":\"a\",\"times_us\":[5,4],\"values\":[1,2]}]", RefusalCode.ValueOutOfRange)]
    [InlineData("series", "[{\"name\":\"a\",\"times_us\":[],\"values\":[]},{\"name\":\"a\",\"times_us\":[],\"values\":[]}]", RefusalCode.DuplicateSeries)]
    [InlineData("series", "[{\"name\":\"a\",\"values\":[1],\"colour\":\"red\"}]", RefusalCode.UnknownField)]
    [InlineData("logs", "[{\"kind\":\"warning\",\"lines\":[]}]", RefusalCode.ValueOutOfRange)]
    [InlineData("logs", "[{\"kind\":\"debug\"}]", RefusalCode.MissingField)]
    [InlineData("colour", "1", RefusalCode.UnknownField)]
    public void What_is_wrong_is_refused_with_its_reason_and_the_neighbours_are_read(string field, string value, RefusalCode code)
    {
        JsonObject json = StepJson.Step();
        json.Remove(field);
        string wrong = json.ToJsonString()[..^1] + $",\"{field}\":{value}}}";
        string message = $"[{StepJson.Step().ToJsonString()},{wrong},{StepJson.Step().ToJsonString()}]";

        ParsedMessage<StepEvent> parsed = StepReader.Read(StepJson.Bytes(message), StepJson.Now);

        parsed.WholeRefusal.ShouldBeNull();
        parsed.Elements.Count.ShouldBe(3);
        parsed.Elements[0].Value.ShouldNotBeNull();
        parsed.Elements[1].Refusal.ShouldNotBeNull().Code.ShouldBe(code, parsed.Elements[1].Refusal!.Reason);
        parsed.Elements[2].Value.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[{\"id\":}]")]
    [InlineData("{} {}")]
    [InlineData("[1,2")]
    [InlineData("\u0001")]
    public void What_is_no_JSON_is_refused_as_a_whole(string message)
    {
        ParsedMessage<StepEvent> parsed = StepReader.Read(StepJson.Bytes(message), StepJson.Now);
        parsed.Elements.ShouldBeEmpty();
        parsed.WholeRefusal.ShouldNotBeNull().Code.ShouldBe(RefusalCode.MalformedJson);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    public void A_bare_NaN_is_called_by_its_name(string text)
    {
        string json = StepJson.Step().ToJsonString().Replace("-0.25", text, StringComparison.Ordinal);
        StepReader.Read(StepJson.Bytes(json), StepJson.Now).WholeRefusal.ShouldNotBeNull().Code.ShouldBe(RefusalCode.ValueNotFinite);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused() =>
        StepReader.Read([(byte)'"', 0xC3, 0x28, (byte)'"'], StepJson.Now).WholeRefusal!.Code.ShouldBe(RefusalCode.MalformedJson);

    [Fact]
    public void A_step_over_its_limit_is_refused_and_named()
    {
        JsonObject json = StepJson.Step();
        JsonArray lines = [];
        for (int i = 0; i < 90; i++) lines.Add(new string('x', 100_000));
        json["logs"] = new JsonArray(new JsonObject { ["kind"] = "debug", ["lines"] = lines });

        ParsedElement<StepEvent> element = ReadOne(json);

        element.Refusal.ShouldNotBeNull().Code.ShouldBe(RefusalCode.TooLarge);
        element.Id.ShouldBe(Guid.Parse(json["id"]!.GetValue<string>()));
    }

    [Fact]
    public void A_message_of_too_many_steps_is_refused_as_a_whole()
    {
        string step = StepJson.Step().ToJsonString();
        string message = $"[{string.Join(',', Enumerable.Repeat(step, StepLimits.StepsPerMessageMax + 1))}]";
        StepReader.Read(StepJson.Bytes(message), StepJson.Now).WholeRefusal!.Code.ShouldBe(RefusalCode.TooLarge);
    }

    [Fact]
    public void No_bytes_at_all_make_it_throw()
    {
        byte[] good = StepJson.Step().Bytes();
        Random random = new(20261121);
        int count = int.Parse(Environment.GetEnvironmentVariable("STEPCLOUD_FUZZ_COUNT") ?? "20000", CultureInfo.InvariantCulture) / 10;
        for (int i = 0; i < count; i++)
        {
            byte[] bytes = [.. good];
            for (int change = random.Next(1, 6); change > 0; change--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            ParsedMessage<StepEvent> parsed = StepReader.Read(bytes.AsSpan(0, random.Next(bytes.Length + 1)), StepJson.Now);
            (parsed.WholeRefusal is null).ShouldBe(parsed.Elements.Count > 0, Encoding.UTF8.GetString(bytes));
        }
    }

    private static ParsedElement<StepEvent> ReadOne(JsonObject json)
    {
        ParsedMessage<StepEvent> parsed = StepReader.Read(json.Bytes(), StepJson.Now);
        parsed.WholeRefusal.ShouldBeNull();
        return parsed.Elements.ShouldHaveSingleItem();
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Api.Ingress;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;
using Xunit;

namespace StepCloud.Tests.Api.Ingress;

/// <summary>Samples are read by a way of their own; the platform's JSON reader is the judge of what they say and of whether they are JSON at all.</summary>
public sealed class SampleTextTests
{
    private static readonly Gen<string> Digits = Gen.Choose(0, 9).NonEmptyListOf().Select(digits => string.Concat(digits));

    private static readonly Gen<string> Numbers = Gen.Frequency(
        (4, Gen.Choose(-100_000, 100_000).Select(n => (n / 100m).ToString(CultureInfo.InvariantCulture))),
        (2, Gen.Choose(int.MinValue, int.MaxValue).Select(n => n.ToString(CultureInfo.InvariantCulture))),
        (1, ArbMap.Default.GeneratorFor<long>().Select(n => n.ToString(CultureInfo.InvariantCulture))),
        (1, ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite).Select(n => n.ToString("R", CultureInfo.InvariantCulture))),
        (1, from sign in Gen.Elements("", "-", "+") from whole in Digits from behind in Digits select $"{sign}{whole}.{behind}"),
        (1, from whole in Digits from sign in Gen.Elements("", "-", "+") from exponent in Gen.Choose(0, 330) select $"{whole}e{sign}{exponent}"),
        (1, Gen.Elements(
            "-0", "-0.0", "00", "01", "-01", "1.", ".5", "-", "1e", "1E+", "1e5", "0x1", "9007199254740993", "9007199254740992.5", "123456789012345678", "1234567890123456789",
            "9223372036854775807", "9223372036854775808", "-9223372036854775808", "0.000000000000000001", "0.0000000000000000001", "1.7976931348623159e308", "null", "\"1\"", "[]", "1 2")));

    private static readonly Gen<string> Arrays =
        from numbers in Numbers.ListOf()
        from space in Gen.Elements("", " ", "\n", "\t\r\n ")
        from end in Gen.Frequency((9, Gen.Constant("]")), (1, Gen.Elements(",]", "", "}", ",,1]", "]]")))
        select $"[{space}{string.Join($"{space},{space}", numbers)}{space}{end}";

    [Fact]
    public void Values_are_what_the_platform_reads_bit_for_bit_and_refused_where_it_refuses() =>
        Prop.ForAll(Arrays.ToArbitrary(), array =>
        {
            ParsedMessage<StepEvent> read = Read("singular values", array);
            double[]? judged = Judge(array, number => number.TryGetDouble(out double value) && double.IsFinite(value) ? value : null);
            if (judged is { Length: 1 }) Bits(read.Elements[0].Value.ShouldNotBeNull(array).Series[0].Values).ShouldBe(Bits(judged), array);
            else (read.WholeRefusal ?? read.Elements[0].Refusal).ShouldNotBeNull(array).Code.ShouldBe(CodeOf(array, judged), array);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void Many_values_are_what_the_platform_reads_bit_for_bit() =>
        Prop.ForAll(Numbers.Where(IsFiniteNumber).ListOf().Where(list => list.Count > 1).ToArbitrary(), numbers =>
        {
            double[] values = [.. numbers.Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
            JsonObject step = StepJson.Step();
            step["series"] = new JsonArray(StepJson.Series("v", [.. values.Select((_, i) => (long)i)], values));
            string text = step.ToJsonString();
            int from = text.IndexOf("\"values\":", StringComparison.Ordinal) + 9;
            text = $"{text[..from]}[{string.Join(',', numbers)}]{text[(text.IndexOf(']', from) + 1)..]}";
            StepEvent read = StepReader.Read(StepJson.Bytes(text), StepJson.Now).Elements[0].Value.ShouldNotBeNull(text);
            Bits(read.Series[0].Values).ShouldBe(Bits(values));
            read.Logs.Count.ShouldBe(1);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Theory]
    [InlineData("[0,1.0]")]
    [InlineData("[0,1e3]")]
    [InlineData("[0,9223372036854775808]")]
    [InlineData("[0,\"1\"]")]
    [InlineData("[0,null]")]
    public void A_time_that_is_no_whole_number_is_refused_where_it_stands(string times)
    {
        Refusal refusal = Read("times", times).Elements[0].Refusal.ShouldNotBeNull();
        (refusal.Code, refusal.Reason.Contains("/series/0/times_us/1", StringComparison.Ordinal)).ShouldBe((RefusalCode.WrongType, true), refusal.Reason);
    }

    [Theory]
    [InlineData("[5,4]", 1)]
    [InlineData("[0,9223372036854775807]", 1)]
    [InlineData("[-31622400000001,0]", 0)]
    public void A_time_that_goes_back_or_too_far_is_refused_where_it_stands(string times, int index)
    {
        Refusal refusal = Read("times", times).Elements[0].Refusal.ShouldNotBeNull();
        (refusal.Code, refusal.Reason.Contains($"/series/0/times_us/{index} ", StringComparison.Ordinal)).ShouldBe((RefusalCode.ValueOutOfRange, true), refusal.Reason);
    }

    [Fact]
    public void Where_the_message_breaks_is_told_although_its_samples_were_passed_over()
    {
        string text = StepJson.Step().ToJsonString().Replace("\"logs\"", "\n  logs", StringComparison.Ordinal);
        Refusal refusal = StepReader.Read(StepJson.Bytes(text), StepJson.Now).WholeRefusal.ShouldNotBeNull();
        refusal.ShouldBe(new Refusal(RefusalCode.MalformedJson, "The message is not JSON (RFC 8259): it breaks at line 2, byte 3."));
    }

    [Fact]
    public void A_NaN_behind_a_series_is_told_where_it_stands()
    {
        string text = StepJson.Step().ToJsonString().Replace("-0.25", "NaN", StringComparison.Ordinal);
        Refusal refusal = StepReader.Read(StepJson.Bytes(text), StepJson.Now).WholeRefusal.ShouldNotBeNull();
        (refusal.Code, refusal.Reason).ShouldBe((RefusalCode.ValueNotFinite, $"At line 1, byte {text.IndexOf("NaN", StringComparison.Ordinal) + 1}: JSON has no NaN and no Infinity. Leave the sample out."));
    }

    private static ParsedMessage<StepEvent> Read(string what, string array)
    {
        JsonObject step = StepJson.Step();
        JsonObject series = (JsonObject)step["series"]![0]!;
        bool isTimes = what == "times";
        series["kind"] = isTimes ? "timeseries" : "singular";
        series["times_us"] = isTimes ? "HERE" : new JsonArray();
        series["values"] = isTimes ? new JsonArray(1, 2) : "HERE";
        return StepReader.Read(StepJson.Bytes(step.ToJsonString().Replace("\"HERE\"", array, StringComparison.Ordinal)), StepJson.Now);
    }

    /// <summary>Null when it is no array of such numbers.</summary>
    private static double[]? Judge(string array, Func<JsonElement, double?> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(array);
            double?[] values = [.. document.RootElement.EnumerateArray().Select(one => one.ValueKind == JsonValueKind.Number ? read(one) : null)];
            return values.All(value => value is not null) ? [.. values.Select(value => value!.Value)] : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static RefusalCode CodeOf(string array, double[]? judged)
    {
        if (judged is not null) return RefusalCode.UnequalLength;
        try
        {
            using JsonDocument document = JsonDocument.Parse(array);
            JsonElement first = document.RootElement.EnumerateArray().First(one => one.ValueKind != JsonValueKind.Number || !double.IsFinite(one.GetDouble()));
            return first.ValueKind is JsonValueKind.Number or JsonValueKind.Null ? RefusalCode.ValueNotFinite : RefusalCode.WrongType;
        }
        catch (JsonException)
        {
            return RefusalCode.MalformedJson;
        }
    }

    private static bool IsFiniteNumber(string text) => Judge($"[{text}]", number => double.IsFinite(number.GetDouble()) ? 0 : null) is { Length: 1 };

    private static IEnumerable<long> Bits(double[] values) => values.Select(BitConverter.DoubleToInt64Bits);
}

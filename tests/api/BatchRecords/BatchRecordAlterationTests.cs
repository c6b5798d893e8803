using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Api.Workflows.Records;
using Xunit;

namespace StepCloud.Tests.Api.BatchRecords;

/// <summary>Whatever is altered of a signed record, it is found: or it is no record any more.</summary>
public sealed class BatchRecordAlterationTests
{
    private static readonly SampleRecord s_sample = new() { Said = "é \"<x>\" 中" };
    private static readonly byte[] s_file = s_sample.Signed();
    private static readonly PublishedKeySet s_keys = s_sample.Keys;
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Any_one_byte_that_is_another() => Prop.ForAll(
        Gen.Choose(0, s_file.Length - 1).SelectMany(at => Gen.Choose(0, 255).Select(value => (at, value))).ToArbitrary(),
        change =>
        {
            byte[] altered = [.. s_file];
            altered[change.at] = (byte)change.value;
            return altered[change.at] == s_file[change.at] || IsFound(altered);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void Any_byte_with_one_bit_that_is_another_behind_the_charts_where_no_hash_reaches()
    {
        int from = Encoding.UTF8.GetString(s_file).IndexOf(",\"signatures\":", StringComparison.Ordinal);
        from = Encoding.UTF8.GetByteCount(Encoding.UTF8.GetString(s_file)[..from]);
        (s_file.Length - from).ShouldBeGreaterThan(1500);
        for (int at = from; at < s_file.Length; at++)
        {
            foreach (int bit in new[] { 0, 5 })
            {
                byte[] altered = [.. s_file];
                altered[at] ^= (byte)(1 << bit);
                IsFound(altered).ShouldBeTrue($"byte {at}, bit {bit}: {Encoding.UTF8.GetString(altered, Math.Max(from, at - 30), 30)}");
            }
        }
    }

    [Fact]
    public void Any_one_byte_that_is_gone_or_more() => Prop.ForAll(
        Gen.Choose(0, s_file.Length - 1).SelectMany(at => Gen.Choose(0, 256).Select(value => (at, value))).ToArbitrary(),
        change => IsFound(change.value == 256
            ? [.. s_file[..change.at], .. s_file[(change.at + 1)..]]
            : [.. s_file[..change.at], (byte)change.value, .. s_file[change.at..]])).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Any_one_value_that_is_another_or_gone_or_there_twice() => Prop.ForAll(
        Gen.Choose(0, 100_000).SelectMany(which => Gen.Elements("\"x\"", "null", "0", "1e999", "true", "[]", "{}", "-", "+").Select(value => (which, value))).ToArbitrary(),
        change =>
        {
            JsonNode root = JsonNode.Parse(s_file)!;
            JsonNode?[] all = [.. Below(root)];
            JsonNode? chosen = all[change.which % all.Length];
            Alter(chosen!, change.value);
            byte[] altered = JsonSerializer.SerializeToUtf8Bytes(root, s_json);
            return altered.AsSpan().SequenceEqual(s_file) || IsFound(altered);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    [Theory]
    [InlineData("\"format\":", "\"format\":\"stepcloud-batch-record/1\",\"format\":")]
    [InlineData("\"record\":", "\"more\":1,\"record\":")]
    [InlineData("\"audit\":", "\"Audit\":")]
    [InlineData("\"signatures\":[", "\"signatures\":[null,")]
    [InlineData("\"extra\":[]", "\"extra\":null")]
    [InlineData("\"steps\":[{\"id\"", "\"steps\":[null,{\"id\"")]
    [InlineData("{\"steps\":[{\"key\":\"print\"", "{\"steps\":1,\"steps\":[{\"key\":\"print\"")]
    [InlineData("\"charts\":{\"0193", "\"charts\":{\"01930000-0000-7000-8000-000000001000\":null,\"0193")]
    [InlineData("batch-record/1", "batch-record/2")]
    [InlineData("{\"format\"", "\uFEFF{\"format\"")]
    public void What_smuggles_something_in_is_no_record(string from, string to)
    {
        byte[] altered = SampleRecord.Rewritten(s_file, from, to);
        altered.ShouldNotBe(s_file);
        Should.Throw<FormatException>(() => BatchRecordFile.Read(altered));
    }

    [Fact]
    public void Rubbish_is_no_record()
    {
        foreach (string text in new[] { "", "null", "[]", "{}", "x", new string('[', 10_000) }) Should.Throw<FormatException>(() => BatchRecordFile.Read(Encoding.UTF8.GetBytes(text)));
        Should.Throw<FormatException>(() => BatchRecordFile.Read([0xFF, 0xFE]));
        Should.Throw<FormatException>(() => BatchRecordFile.Read(new byte[BatchRecordFile.BytesMax + 1])).Message.ShouldContain("at most");
    }

    private static bool IsFound(byte[] altered)
    {
        try
        {
            return !BatchRecordVerifier.Verify(BatchRecordFile.Read(altered), s_keys).IsSound;
        }
        catch (FormatException)
        {
            return true;
        }
    }

    private static IEnumerable<JsonNode?> Below(JsonNode? node)
    {
        IEnumerable<JsonNode?> children = node switch { JsonObject map => map.Select(member => member.Value), JsonArray list => list, _ => [] };
        foreach (JsonNode? child in children.Where(child => child is not null))
        {
            yield return child;
            foreach (JsonNode? below in Below(child)) yield return below;
        }
    }

    /// <param name="change">JSON; '-' takes it away, '+' puts it there once more.</param>
    private static void Alter(JsonNode chosen, string change)
    {
        switch (chosen.Parent)
        {
            case JsonArray list when change == "-": list.Remove(chosen); break;
            case JsonArray list when change == "+": list.Add(chosen.DeepClone()); break;
            case JsonArray list: list[chosen.GetElementIndex()] = JsonNode.Parse(change); break;
            case JsonObject map when change == "-": map.Remove(chosen.GetPropertyName()); break;
            case JsonObject map when change == "+": map.Add(chosen.GetPropertyName() + "2", chosen.DeepClone()); break;
            case JsonObject map: map[chosen.GetPropertyName()] = JsonNode.Parse(change); break;
        }
    }
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StepCloud.Api.Workflows.Records;

namespace StepCloud.Bench.Load;

/// <summary>The record of a job that nobody has signed: signatures cost nothing beside the charts.</summary>
internal static class JobRecord
{
    private const string ContentHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly DateTimeOffset s_begun = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    public static byte[] Make(int steps, int seriesOfStep, int points)
    {
        RecordStep[] done = [.. Enumerable.Range(0, steps).Select(number => Step(number, seriesOfStep, points))];
        using var document = JsonDocument.Parse("""{"steps":[]}""");
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(document.RootElement.GetRawText())));
        SignatureRow approval = new(Id(1), "blueprint_version", Id(2), 1, "approved", Id(3), "Ada", true, null, "2026-11-20T07:00:00Z", hash, null, "");
        RecordFacts facts = new(
            new RecordJob(Id(4), "J-1", null, 1, Id(5), s_begun, Id(3), null, null, "conforming"),
            new RecordBlueprint(Id(2), "Splint", 1, document.RootElement, hash, approval),
            [], [], [new RecordExpected("print", "Print", "met", [.. done.Select(step => step.Id)])], [], done, [], []);
        RecordContext context = new("Shop", [new RecordDevice(Id(6), "Mill", "S-1", "M-1", "mill")], [new RecordUser(Id(3), "Ada")]);
        var charts = done.ToDictionary(step => step.Id, step => step.Series.ToDictionary(series => series.Name, series => Chart(series.Name.Length + points, points)));
        return BatchRecordFile.Write(
            JsonSerializer.SerializeToUtf8Bytes(new BatchRecord(facts, context), s_json), JsonSerializer.SerializeToUtf8Bytes(charts, s_json), [], null, null);
    }

    private static RecordStep Step(int number, int seriesOfStep, int points) => new(
        Id(100 + number), Id(6), Id(7), "code", "print", "task_performed", s_begun.AddMinutes(number), s_begun.AddMinutes(number + 1),
        s_begun.AddMinutes(number + 1), "Print", "succeeded", number, """{"program":"splint-50um","exposure_s":2.4,"layer_um":50}""", ContentHash,
        [.. Enumerable.Range(0, seriesOfStep).Select(series => new RecordSeries($"Spindle {series}", "A", "timeseries", points * 80L, 0.1, 0.7, -1, 1, 0.01, -0.9, 0.02, 0.9))], 0);

    private static RecordChart Chart(int seed, int points) => new(
        [.. Enumerable.Range(0, points).Select(point => point * 500_000L)],
        [.. Enumerable.Range(0, points).Select(point => Math.Round(Math.Sin((point * 0.13) + seed), 5))]);

    private static Guid Id(int number) => new($"01930000-0000-7000-8000-{number:d12}");
}

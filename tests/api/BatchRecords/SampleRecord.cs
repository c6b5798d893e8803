using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StepCloud.Api.Tokens;
using StepCloud.Api.Workflows.Records;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Workflows;
using StepCloud.Storage;
using StepCloud.Tests.Api.Tokens;

namespace StepCloud.Tests.Api.BatchRecords;

/// <summary>Records of jobs as the server would make them, signed with a real key.</summary>
internal sealed class SampleRecord
{
    public static readonly Guid Organization = Id(1), Job = Id(2), Blueprint = Id(3), User = Id(4), Device = Id(5);
    public static readonly DateTimeOffset At = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    private const string Issuer = "https://stepcloud.example";

    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public SigningKey Key { get; init; } = SigningKey.Generate();

    public int Steps { get; init; } = 2;

    public int SeriesOfStep { get; init; } = 2;

    public int Points { get; init; } = 5;

    /// <summary>Stands wherever a person or a gateway says something.</summary>
    public string Said { get; init; } = "Ok";

    public string State { get; init; } = "deviating";

    public string DeviationState { get; init; } = "closed";

    public string Meaning { get; init; } = SignatureFacts.Released;

    public PublishedKeySet Keys => new([new PublishedKey(Key, At.AddDays(-1), null, null)]);

    public static Guid Id(int number) => new($"01930000-0000-7000-8000-{number:d12}");

    public static Guid StepOf(int number) => Id(1000 + number);

    /// <summary>By anybody, of anything: as somebody could have made it who does not have the key.</summary>
    public static byte[] Rewritten(byte[] file, string from, string to) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(file).Replace(from, to, StringComparison.Ordinal));

    public byte[] Unsigned() => BatchRecordFile.Write(Record(), Charts(), [], null, null);

    public byte[] Signed()
    {
        byte[] record = Record(), charts = Charts();
        SignatureFacts facts = new(
            new SignatureId(Id(20)), new OrganizationId(Organization), SignatureFacts.Job, Job, null, Meaning, new UserId(User), "Ada " + Said, true, Said,
            At.AddHours(3), SHA256.HashData(record), SHA256.HashData(charts));
        AuditEntry entry = Entry(facts);
        return BatchRecordFile.Write(record, charts, [SignatureRow.Of(facts, SignatureToken.Sign(facts, Issuer, Key))], entry, Head(entry));
    }

    public byte[] Record()
    {
        using JsonDocument document = JsonDocument.Parse("""{"steps":[{"key":"print","settings":{"layer_um":50}}]}""");
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(document.RootElement.GetRawText()));
        SignatureFacts approval = new(
            new SignatureId(Id(10)), new OrganizationId(Organization), SignatureFacts.BlueprintVersion, Blueprint, 1, SignatureFacts.Approved, new UserId(User),
            "Ada " + Said, false, null, At.AddHours(-1), hash, null);
        RecordStep[] steps = [.. Enumerable.Range(0, Steps).Select(Step)];
        RecordFacts facts = new(
            new RecordJob(Job, "J-1 " + Said, Said, 2, Organization, At, User, At.AddHours(2), User, State),
            new RecordBlueprint(Blueprint, "Splint " + Said, 1, document.RootElement, Convert.ToHexStringLower(hash), SignatureRow.Of(approval, SignatureToken.Sign(approval, Issuer, Key))),
            [new RecordMaterial(Id(30), "Resin " + Said, "L-7", null, new DateOnly(2027, 1, 31), null, At, User, At.AddHours(1), User, Said)],
            [new RecordDeviceTime(Id(40), Device, At, null, At, User)],
            [new RecordExpected("print", "Print", "met", [.. steps.Select(step => step.Id)]), new RecordExpected("cure", "Cure", "missing", [])],
            [],
            steps,
            [new RecordChoice(Id(40), "removed", At, User, Said)],
            [Deviation()]);
        RecordContext context = new("Shop " + Said, [new RecordDevice(Device, "Printer " + Said, "S1", "M1", "printer")], [new RecordUser(User, "Ada " + Said)]);
        return JsonSerializer.SerializeToUtf8Bytes(new BatchRecord(facts, context), s_json);
    }

    public byte[] Charts() => JsonSerializer.SerializeToUtf8Bytes(
        Enumerable.Range(0, Steps).ToDictionary(StepOf, _ => Enumerable.Range(0, SeriesOfStep).ToDictionary(SeriesName, _ => new RecordChart(
            [.. Enumerable.Range(0, Points).Select(point => point * 1000L)], [.. Enumerable.Range(0, Points).Select(point => Math.Round(Math.Sin(point / 7.0), 4))]))),
        s_json);

    private string SeriesName(int number) => $"{number} {Said}";

    private RecordStep Step(int number) => new(
        StepOf(number), Device, Id(6), "code", "print", "task_performed", At.AddMinutes(number), At.AddMinutes(number + 1), At.AddMinutes(number + 2), Said,
        "succeeded", number, $$"""{"program":{{JsonSerializer.Serialize(Said)}}}""", new string('a', 64),
        [.. Enumerable.Range(0, SeriesOfStep).Select(series => new RecordSeries(SeriesName(series), Said, "timeseries", Points, 0, 1, -1, 1, 0.5, -0.9, 0.1, 0.9))], 1);

    private RecordDeviation Deviation()
    {
        bool isClosed = DeviationState == "closed";
        return new RecordDeviation(
            Id(50), "missing_step", "cure", null, null, null, null, null, "Cure was not done. " + Said, At, null, DeviationState, isClosed ? "accept" : null,
            isClosed ? Said : null, isClosed ? At.AddHours(2) : null, isClosed ? User : null);
    }

    private static AuditEntry Entry(SignatureFacts facts)
    {
        AuditEntry entry = new(
            facts.Organization, 7, facts.SignedAt.AddTicks(1230), "user", User, "192.0.2.1", "test", "job.released", "job", Job.ToString("D"), null,
            $$"""{"meaning":"{{facts.Meaning}}","record_sha256":"{{Convert.ToHexStringLower(facts.RecordHash)}}"}""", new byte[32], []);
        return entry with { Hash = AuditHash.Of(entry) };
    }

    private string Head(AuditEntry entry) => TokenRig.Forge(
        JsonSerializer.SerializeToUtf8Bytes(new { alg = "ES256", typ = "audit-head+jwt", kid = Key.KeyId }),
        JsonSerializer.SerializeToUtf8Bytes(new
        {
            iss = Issuer,
            chain = entry.Organization.ToString(),
            sequence = entry.Sequence,
            hash = Convert.ToHexStringLower(entry.Hash),
            iat = entry.At.ToUnixTimeSeconds(),
        }),
        input => Key.Sign(Encoding.ASCII.GetBytes(input)));
}

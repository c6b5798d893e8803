using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Contracts.Workflows;

namespace StepCloud.Storage.Workflows;

/// <summary>What of a job is signed, in UTF-8: docs/BATCH-RECORDS.md has the form.</summary>
/// <param name="Record">`{"facts":...,"context":...}`: what is proved, and what things and people were called then.</param>
/// <param name="Charts">The courses of the series, by step and name.</param>
public sealed record BatchRecord(byte[] Record, byte[] Charts);

/// <summary>Writes a job's record from what is stored: byte by byte the same for as long as nothing of it changes.</summary>
internal static class BatchRecordWriter
{
    /// <summary>Series of all of a job's steps: more make a file that nobody opens.</summary>
    private const int SeriesMax = 50_000;

    /// <summary>What a verifier reads, less the signatures and the rest.</summary>
    private const int BytesMax = 60 * 1024 * 1024;

    public const string TooLarge =
        "The job's steps have more than 50,000 series together, or its record more than 60 MiB. Take out the steps that are not its own.";

    private static readonly JsonWriterOptions Form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>Null when it would be too large.</returns>
    public static async Task<BatchRecord?> WriteAsync(DatabaseSession session, OrganizationId organization, JobId id, CancellationToken cancellationToken)
    {
        if (await FactsAsync(session, organization, id, cancellationToken) is not { } facts) return null;
        using JsonDocument json = JsonDocument.Parse(facts);
        byte[] context = await BatchRecordContext.WriteAsync(session, organization, json.RootElement, cancellationToken);
        byte[] record = Write(writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName("facts");
            writer.WriteRawValue(facts);
            writer.WritePropertyName("context");
            writer.WriteRawValue(context);
            writer.WriteEndObject();
        });
        byte[] charts = await BatchRecordCharts.WriteAsync(session, id, cancellationToken);
        return record.Length + charts.Length > BytesMax ? null : new BatchRecord(record, charts);
    }

    /// <summary>What is proved. It follows from what is stored alone, and says nothing of when it was asked for.</summary>
    /// <returns>Null when it would be too large.</returns>
    public static async Task<byte[]?> FactsAsync(DatabaseSession session, OrganizationId organization, JobId id, CancellationToken cancellationToken)
    {
        long series = await session.ScalarAsync<long>(
            new Sql("SELECT coalesce(sum(e.series_count), 0) FROM job_step AS s JOIN step_event AS e ON e.id = s.step_id WHERE s.job_id = $1", id.Value), cancellationToken);
        if (series > SeriesMax) return null;
        JobView view = await JobTransactions.ViewAsync(session, organization, id, cancellationToken);
        JobRow job = view.Job;
        (string? conformance, string document) = (await session.FirstAsync(
            new Sql(
                """
                SELECT j.conformance, v.document FROM job AS j JOIN blueprint_version AS v ON v.blueprint_id = j.blueprint_id AND v.number = j.blueprint_number WHERE j.id = $1
                """,
                id.Value),
            row => Tuple.Create(row.IsDBNull(0) ? null : row.GetString(0), row.GetString(1)), cancellationToken))!;
        using JsonDocument found = JsonDocument.Parse(conformance is not null && JsonTexts.IsJson(conformance) ? conformance : """{"expected":[],"extra":[]}""");
        List<(StepRow Step, string Joined)> steps = await session.ListAsync(
            new Sql($"{StepQueries.SelectJobStep} WHERE s.job_id = $1 ORDER BY e.started, e.id", id.Value), row => (StepQueries.ReadStep(row), row.GetString(16)), cancellationToken);
        Dictionary<Guid, List<Action<Utf8JsonWriter>>> seriesOf = await BatchRecordSeries.ReadAsync(session, id, cancellationToken);
        Dictionary<StepId, string?> keys = view.Steps.ToDictionary(step => step.Id, step => step.Key);
        return Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartObject("job");
            writer.WriteString("id", job.Id.Value);
            writer.WriteString("code", job.Code);
            writer.WriteString("name", job.Name);
            writer.WriteNumber("parts", job.Parts);
            writer.WriteString("organization_id", organization.Value);
            Write(writer, "created_at", job.CreatedAt);
            writer.WriteString("created_by", job.CreatedBy.Value);
            Write(writer, "completed_at", job.CompletedAt);
            Write(writer, "completed_by", job.CompletedBy);
            writer.WriteString("state", StateOf(view));
            writer.WriteEndObject();
            writer.WriteStartObject("blueprint");
            writer.WriteString("id", job.Blueprint.Id.Value);
            writer.WriteString("name", job.Blueprint.Name);
            writer.WriteNumber("number", job.Blueprint.Number);
            writer.WritePropertyName("document");
            if (JsonTexts.IsJson(document)) writer.WriteRawValue(document);
            else writer.WriteStringValue(document);
            writer.WriteString("document_sha256", BlueprintStore.Sha256(document));
            writer.WritePropertyName("signature");
            if (view.Signatures.FirstOrDefault(signature => signature.SubjectKind == SignatureFacts.BlueprintVersion) is { } approval) Write(writer, approval);
            else writer.WriteNullValue();
            writer.WriteEndObject();
            WriteAll(writer, "materials", view.Materials, WriteLot);
            WriteAll(writer, "devices", view.Devices, WriteDevice);
            writer.WritePropertyName("expected");
            found.RootElement.GetProperty("expected").WriteTo(writer);
            writer.WritePropertyName("extra");
            found.RootElement.GetProperty("extra").WriteTo(writer);
            WriteAll(writer, "steps", steps, (_, step) => WriteStep(writer, step.Step, step.Joined, keys.GetValueOrDefault(step.Step.Id), seriesOf));
            WriteAll(writer, "choices", view.Choices, WriteChoice);
            WriteAll(writer, "deviations", view.Deviations, WriteDeviation);
            writer.WriteEndObject();
        });
    }

    public static void Write(Utf8JsonWriter writer, SignatureView signature)
    {
        writer.WriteStartObject();
        writer.WriteString("id", signature.Id.Value);
        writer.WriteString("subject_kind", signature.SubjectKind);
        writer.WriteString("subject_id", signature.SubjectId);
        if (signature.SubjectNumber is { } number) writer.WriteNumber("subject_number", number);
        else writer.WriteNull("subject_number");
        writer.WriteString("meaning", signature.Meaning);
        writer.WriteString("user_id", signature.UserId.Value);
        writer.WriteString("user_name", signature.UserName);
        writer.WriteBoolean("second_factor", signature.SecondFactor);
        writer.WriteString("comment", signature.Comment);
        Write(writer, "signed_at", signature.SignedAt);
        writer.WriteString("record_sha256", signature.RecordSha256);
        writer.WriteString("charts_sha256", signature.ChartsSha256);
        writer.WriteString("jws", signature.Jws);
        writer.WriteEndObject();
    }

    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes, Form)) write(writer);
        return bytes.ToArray();
    }

    /// <summary>As it is without what was decided of the job.</summary>
    private static string StateOf(JobView view) =>
        view.Deviations.Any(deviation => deviation.State == "open" || deviation.Disposition == JobDecisions.Scrap) ? JobStates.Deviating
        : view.Expected.Any(expected => expected.Verdict == "awaited") ? JobStates.Open
        : JobStates.Conforming;

    private static void WriteLot(Utf8JsonWriter writer, JobLotView lot)
    {
        writer.WriteStartObject();
        writer.WriteString("lot_id", lot.Lot.Value);
        writer.WriteString("material", lot.Material);
        writer.WriteString("lot", lot.LotNumber);
        writer.WriteString("manufacturer", lot.Manufacturer);
        writer.WriteString("expires_on", lot.ExpiresOn?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        writer.WriteString("opened_on", lot.OpenedOn?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Write(writer, "added_at", lot.AddedAt);
        writer.WriteString("added_by", lot.AddedBy.Value);
        Write(writer, "removed_at", lot.RemovedAt);
        Write(writer, "removed_by", lot.RemovedBy);
        writer.WriteString("remove_reason", lot.RemoveReason);
        writer.WriteEndObject();
    }

    private static void WriteDevice(Utf8JsonWriter writer, JobDeviceView device)
    {
        writer.WriteStartObject();
        writer.WriteString("id", device.Id.Value);
        writer.WriteString("device_id", device.Device.Value);
        Write(writer, "from", device.From);
        Write(writer, "to", device.To);
        Write(writer, "added_at", device.AddedAt);
        writer.WriteString("added_by", device.AddedBy.Value);
        writer.WriteEndObject();
    }

    private static void WriteStep(Utf8JsonWriter writer, StepRow step, string joined, string? key, Dictionary<Guid, List<Action<Utf8JsonWriter>>> series)
    {
        writer.WriteStartObject();
        writer.WriteString("id", step.Id.Value);
        writer.WriteString("device_id", step.Device.Value);
        writer.WriteString("gateway_id", step.Gateway.Value);
        writer.WriteString("joined", joined);
        writer.WriteString("key", key);
        writer.WriteString("kind", WireNames.Of(step.Kind));
        Write(writer, "started", step.Started);
        Write(writer, "ended", step.Ended);
        Write(writer, "received", step.Received);
        writer.WriteString("label", step.Label);
        writer.WriteString("outcome", step.Outcome is { } outcome ? WireNames.Of(outcome) : null);
        if (step.Sequence is { } sequence) writer.WriteNumber("sequence", sequence);
        else writer.WriteNull("sequence");
        writer.WriteString("settings", step.SettingsJson);
        writer.WriteString("content_sha256", Convert.ToHexStringLower(step.ContentHash));
        writer.WriteStartArray("series");
        foreach (Action<Utf8JsonWriter> write in series.GetValueOrDefault(step.Id.Value) ?? []) write(writer);
        writer.WriteEndArray();
        writer.WriteNumber("log_count", step.LogCount);
        writer.WriteEndObject();
    }

    private static void WriteChoice(Utf8JsonWriter writer, StepChoiceView choice)
    {
        writer.WriteStartObject();
        writer.WriteString("step_id", choice.Step.Value);
        writer.WriteString("choice", choice.Choice);
        Write(writer, "at", choice.At);
        writer.WriteString("by", choice.By.Value);
        writer.WriteString("reason", choice.Reason);
        writer.WriteEndObject();
    }

    private static void WriteDeviation(Utf8JsonWriter writer, DeviationView deviation)
    {
        writer.WriteStartObject();
        writer.WriteString("id", deviation.Id.Value);
        writer.WriteString("code", deviation.Code);
        writer.WriteString("step_key", deviation.StepKey);
        Write(writer, "step_id", deviation.Step?.Value);
        writer.WriteString("parameter", deviation.Parameter);
        writer.WriteString("expected", deviation.Expected);
        writer.WriteString("found", deviation.Found);
        if (deviation.OffBy is { } off && double.IsFinite(off)) writer.WriteNumber("off_by", off);
        else writer.WriteNull("off_by");
        writer.WriteString("text", deviation.Text);
        Write(writer, "found_at", deviation.FoundAt);
        Write(writer, "withdrawn_at", deviation.WithdrawnAt);
        writer.WriteString("state", deviation.State);
        writer.WriteString("disposition", deviation.Disposition);
        writer.WriteString("reason", deviation.Reason);
        Write(writer, "disposed_at", deviation.DisposedAt);
        Write(writer, "disposed_by", deviation.DisposedBy);
        writer.WriteEndObject();
    }

    public static void WriteAll<T>(Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (T item in items) write(writer, item);
        writer.WriteEndArray();
    }

    /// <summary>In one form, whatever it is.</summary>
    private static void Write(Utf8JsonWriter writer, string name, DateTimeOffset? time) =>
        writer.WriteString(name, time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));

    private static void Write(Utf8JsonWriter writer, string name, UserId? user) => Write(writer, name, user?.Value);

    private static void Write(Utf8JsonWriter writer, string name, Guid? id)
    {
        if (id is { } value) writer.WriteString(name, value);
        else writer.WriteNull(name);
    }
}

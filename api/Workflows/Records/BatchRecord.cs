using System.Text.Json;

namespace StepCloud.Api.Workflows.Records;

/// <summary>What a job's record says (docs/BATCH-RECORDS.md); its signature is over the bytes that this was read from.</summary>
/// <param name="Context">Names of what <paramref name="Facts"/> gives the ids of, as they were then.</param>
public sealed record BatchRecord(RecordFacts Facts, RecordContext Context);

public sealed record RecordFacts(
    RecordJob Job,
    RecordBlueprint Blueprint,
    IReadOnlyList<RecordMaterial> Materials,
    IReadOnlyList<RecordDeviceTime> Devices,
    IReadOnlyList<RecordExpected> Expected,
    IReadOnlyList<Guid> Extra,
    IReadOnlyList<RecordStep> Steps,
    IReadOnlyList<RecordChoice> Choices,
    IReadOnlyList<RecordDeviation> Deviations);

/// <param name="Code">As it is scanned.</param>
/// <param name="State">`open`, `conforming`, `deviating`; as it was when the record was made: before the signature.</param>
public sealed record RecordJob(
    Guid Id, string Code, string? Name, int Parts, Guid OrganizationId, DateTimeOffset CreatedAt, Guid CreatedBy, DateTimeOffset? CompletedAt,
    Guid? CompletedBy, string State);

/// <param name="Document">As it was approved.</param>
public sealed record RecordBlueprint(Guid Id, string Name, int Number, JsonElement Document, string DocumentSha256, SignatureRow Signature);

public sealed record RecordMaterial(
    Guid LotId, string Material, string Lot, string? Manufacturer, DateOnly? ExpiresOn, DateOnly? OpenedOn, DateTimeOffset AddedAt, Guid AddedBy,
    DateTimeOffset? RemovedAt, Guid? RemovedBy, string? RemoveReason);

/// <summary>A device worked for the job in that time.</summary>
/// <param name="To">Null: until further notice.</param>
public sealed record RecordDeviceTime(Guid Id, Guid DeviceId, DateTimeOffset From, DateTimeOffset? To, DateTimeOffset AddedAt, Guid AddedBy);

/// <param name="Verdict">Such as `met`.</param>
public sealed record RecordExpected(string Key, string Name, string Verdict, IReadOnlyList<Guid> Steps);

/// <param name="Joined">By what it is the job's: `code`, `device`, `hand`.</param>
/// <param name="Key">Of the expected step that it is; null for an extra one.</param>
/// <param name="Settings">The text exactly as it was sent.</param>
public sealed record RecordStep(
    Guid Id, Guid DeviceId, Guid? GatewayId, string? Joined, string? Key, string Kind, DateTimeOffset Started, DateTimeOffset Ended,
    DateTimeOffset? Received, string? Label, string? Outcome, long? Sequence, string? Settings, string ContentSha256,
    IReadOnlyList<RecordSeries> Series, int LogCount);

/// <summary>Figures over all samples. They are null where a series has none.</summary>
public sealed record RecordSeries(
    string Name, string? Unit, string Kind, long Samples, double? First, double? Last, double? Min, double? Max, double? Mean, double? P05, double? P50,
    double? P95);

/// <param name="Choice">`added`, `removed`, `reworked`.</param>
public sealed record RecordChoice(Guid StepId, string Choice, DateTimeOffset At, Guid By, string Reason);

/// <param name="State">`open`, `closed`, `withdrawn`.</param>
/// <param name="Disposition">`accept`, `rework`, `scrap`.</param>
public sealed record RecordDeviation(
    Guid Id, string Code, string? StepKey, Guid? StepId, string? Parameter, string? Expected, string? Found, double? OffBy, string Text,
    DateTimeOffset FoundAt, DateTimeOffset? WithdrawnAt, string State, string? Disposition, string? Reason, DateTimeOffset? DisposedAt, Guid? DisposedBy)
{
    public const string Open = "open";
}

public sealed record RecordContext(string Organization, IReadOnlyList<RecordDevice> Devices, IReadOnlyList<RecordUser> Users);

public sealed record RecordDevice(Guid Id, string Label, string? Serial, string? Model, string? Kind);

public sealed record RecordUser(Guid Id, string Name);

/// <summary>Some samples of a series, to be drawn.</summary>
/// <param name="TimesUs">Microseconds, in ascending order.</param>
public sealed record RecordChart(IReadOnlyList<long> TimesUs, IReadOnlyList<double> Values);

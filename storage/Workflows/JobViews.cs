using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Workflows;

/// <summary>A job in a list.</summary>
/// <param name="Code">As it is scanned.</param>
/// <param name="State">`open`, `conforming`, `deviating`, `released` or `rejected`.</param>
/// <param name="DiffersSince">Since when it is known to be another than what was signed; null for what is as it was.</param>
/// <param name="OpenDeviations">How many wait for somebody.</param>
/// <param name="Case">Whom it is for; null where nobody has said so.</param>
public sealed record JobRow(
    JobId Id, string Code, string? Name, int Parts, BlueprintReference Blueprint, string State, DateTimeOffset StateSince, DateTimeOffset CreatedAt, UserId CreatedBy,
    DateTimeOffset? CompletedAt, UserId? CompletedBy, DateTimeOffset? DecidedAt, UserId? DecidedBy, string? DecisionReason, DateTimeOffset? DiffersSince,
    DateTimeOffset? EvaluatedAt, int OpenDeviations, long Version, CaseId? Case = null);

/// <param name="Number">Of its version.</param>
public sealed record BlueprintReference(BlueprintId Id, string Name, int Number);

/// <summary>All that a person asks of a job.</summary>
/// <param name="Progress">How much of it is done.</param>
/// <param name="Expected">The blueprint's steps, with what met them.</param>
/// <param name="Steps">What was done for it, by start.</param>
/// <param name="Devices">Devices that work, or worked, for it.</param>
/// <param name="Choices">What people decided of single steps, in order.</param>
/// <param name="Deviations">In the order in which they were found; closed and withdrawn ones too.</param>
/// <param name="Signatures">Of the blueprint's version, and of the job.</param>
public sealed record JobView(
    JobRow Job, JobProgress Progress, IReadOnlyList<ExpectedView> Expected, IReadOnlyList<JobStepView> Steps, IReadOnlyList<JobLotView> Materials,
    IReadOnlyList<JobDeviceView> Devices, IReadOnlyList<StepChoiceView> Choices, IReadOnlyList<DeviationView> Deviations, IReadOnlyList<SignatureView> Signatures);

/// <param name="Done">Expected steps that were done.</param>
/// <param name="Expected">Of how many; those that may be left out and were are not counted.</param>
public sealed record JobProgress(int Done, int Expected);

/// <param name="Verdict">`awaited`, `met`, `deviating`, `missing` or `left_out`.</param>
/// <param name="Steps">That met it.</param>
public sealed record ExpectedView(string Key, string Name, string Verdict, IReadOnlyList<StepId> Steps);

/// <param name="Key">Of the expected step that it met; null for an extra one, and for one that is to be done again.</param>
/// <param name="Joined">How it came to the job: by its `code`, by the `device` that worked for it, by `hand`.</param>
public sealed record JobStepView(
    StepId Id, string? Key, string Joined, DeviceId Device, string DeviceLabel, DateTimeOffset Started, DateTimeOffset Ended, string Label, string? Outcome);

/// <param name="ExpiresOn">The last day on which it may be used.</param>
public sealed record JobLotView(
    MaterialLotId Lot, string Material, string LotNumber, string? Manufacturer, DateOnly? ExpiresOn, DateOnly? OpenedOn, DateTimeOffset AddedAt, UserId AddedBy,
    DateTimeOffset? RemovedAt, UserId? RemovedBy, string? RemoveReason);

/// <param name="To">Null: until further notice.</param>
public sealed record JobDeviceView(JobDeviceId Id, DeviceId Device, string DeviceLabel, DateTimeOffset From, DateTimeOffset? To, DateTimeOffset AddedAt, UserId AddedBy);

/// <param name="Choice">`added`, `removed`, or `reworked`: to be done again.</param>
public sealed record StepChoiceView(StepId Step, string Choice, DateTimeOffset At, UserId By, string Reason);

/// <param name="Text">What was found, in a sentence.</param>
/// <param name="OffBy">By how much, in the unit of what was found; negative when it is below.</param>
/// <param name="State">`open`, `closed`, or `withdrawn`: it was found no more.</param>
/// <param name="Disposition">`accept`, `rework` or `scrap`; null while it is open.</param>
public sealed record DeviationView(
    JobDeviationId Id, string Code, string? StepKey, StepId? Step, string? Parameter, string? Expected, string? Found, double? OffBy, string Text, DateTimeOffset FoundAt,
    DateTimeOffset? WithdrawnAt, string State, string? Disposition, string? Reason, DateTimeOffset? DisposedAt, UserId? DisposedBy);

/// <param name="SubjectKind">`blueprint_version` or `job`.</param>
/// <param name="Meaning">`approved`, `released` or `rejected`.</param>
/// <param name="UserName">As it was then.</param>
/// <param name="RecordSha256">Of what was signed, in hexadecimal.</param>
/// <param name="Jws">The same, signed by the installation.</param>
public sealed record SignatureView(
    SignatureId Id, string SubjectKind, Guid SubjectId, int? SubjectNumber, string Meaning, UserId UserId, string UserName, bool SecondFactor, string? Comment,
    DateTimeOffset SignedAt, string RecordSha256, string? ChartsSha256, string Jws);

using System.Text.Json;
using StepCloud.Api.Http;
using StepCloud.Api.Registry;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Maintenance;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Maintenance;

/// <param name="PerformedOn">The day on which it was done, where the device stands: tomorrow's date (UTC) at the latest.</param>
/// <param name="Result">`passed` or `failed`.</param>
/// <param name="Reference">The certificate or the report, in up to 200 characters; null for none.</param>
/// <param name="Note">What else is to be known of it, in up to 1000 characters; null for nothing.</param>
public sealed record MaintenanceRecordRequest(DateOnly PerformedOn, string Result, string? Reference = null, string? Note = null)
{
    // As the registry has texts of one line, and of several.
    private static readonly RegistryField ReferenceField = Entities.MaterialLot.Find("manufacturer")!;
    private static readonly RegistryField NoteField = Entities.MaterialLot.Find("note")!;

    /// <returns>Everything that is wrong with it.</returns>
    internal List<FieldError> Read(DateTimeOffset now, out NewMaintenanceRecord record)
    {
        List<FieldError> errors = [];
        DateOnly latest = DateOnly.FromDateTime(now.UtcDateTime).AddDays(1);
        if (PerformedOn > latest) errors.Add(new FieldError("/performed_on", $"It is in the future: it can be {CalendarDates.Write(latest)} at the latest."));
        else if (PerformedOn < CalendarDates.Earliest) errors.Add(new FieldError("/performed_on", CalendarDates.Fault));
        if (!MaintenanceRecords.Results.Contains(Result)) errors.Add(new FieldError("/result", $"It must be one of {string.Join(", ", MaintenanceRecords.Results)}."));
        record = new NewMaintenanceRecord(PerformedOn, Result, Text(ReferenceField, "/reference", Reference, errors), Text(NoteField, "/note", Note, errors));
        return errors;
    }

    private static string? Text(RegistryField field, string pointer, string? given, List<FieldError> errors)
    {
        if (RegistryValue.Read(field, JsonSerializer.SerializeToElement(given), out object? text) is { } fault) errors.Add(new FieldError(pointer, fault));
        return text as string;
    }
}

/// <summary>A record of what was done.</summary>
/// <param name="Result">`passed` or `failed`.</param>
/// <param name="Reference">The certificate or the report.</param>
/// <param name="RecordedAt">By the server's clock.</param>
/// <param name="RecordedBy">Who recorded it: `user:ID`.</param>
public sealed record MaintenanceRecordResponse(
    MaintenanceRecordId Id, MaintenancePlanId Plan, DateOnly PerformedOn, string Result, string? Reference, string? Note, DateTimeOffset RecordedAt, string RecordedBy)
{
    public static MaintenanceRecordResponse Of(MaintenanceRecord record) => new(
        record.Id, record.Plan, record.PerformedOn, record.Result, record.Reference, record.Note, record.RecordedAt, record.RecordedBy);
}

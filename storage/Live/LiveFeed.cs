using System.Globalization;
using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>Steps and telemetry of a device or a site as they are committed: everything after a position, in the order of the commits.</summary>
public sealed class LiveFeed(StepCloudDatabase database)
{
    /// <summary>Steps read at a time: the settings of each may take a megabyte.</summary>
    private const int StepsMax = 50;

    /// <summary>Elements of telemetry read at a time: each may take 64 KiB.</summary>
    private const int TelemetryMax = 200;

    private const string SelectTelemetry = "SELECT position, device_id, body FROM telemetry";

    /// <summary>Where the scope stands now. What is committed from here on comes after it.</summary>
    public Task<LivePosition> FindEndAsync(LiveScope scope, CancellationToken cancellationToken) => database.ReadAsync(
        async session =>
        {
            // What is forgotten of others counts too: who stands before it could not be told that he has missed nothing.
            List<LivePosition> found = await session.ListAsync(
                new Sql(
                    $"""
                    SELECT
                        (SELECT coalesce(max(position), 0) FROM step_event WHERE {scope.Column} = $1),
                        greatest((SELECT max(position) FROM telemetry WHERE {scope.Column} = $1), (SELECT up_to FROM telemetry_forgotten))
                    """,
                    scope.Value),
                row => new LivePosition(row.GetInt64(0), row.GetInt64(1)), cancellationToken);
            return found[0];
        },
        cancellationToken);

    /// <summary>True when telemetry after the position may have been dropped.</summary>
    public Task<bool> IsForgottenAsync(LivePosition after, CancellationToken cancellationToken) =>
        database.ScalarAsync<bool>(new Sql("SELECT up_to > $1 FROM telemetry_forgotten", after.Telemetry), cancellationToken);

    /// <summary>The next of each kind, some of them.</summary>
    /// <remarks>
    /// Steps are read first: whoever is shown telemetry first and steps then sees all telemetry of a step before it, since that was committed before it,
    /// and so is seen by the later query when the step was seen by the earlier one. Unless there is more telemetry than was read: then the steps wait.
    /// </remarks>
    public Task<LiveNews> ReadAfterAsync(LiveScope scope, LivePosition after, CancellationToken cancellationToken) => database.ReadAsync(
        async session =>
        {
            List<LiveStep> steps = await session.ListAsync(
                After(StepQueries.SelectLiveStep, scope, after.Steps, StepsMax), ReadLiveStep, cancellationToken);
            List<LiveTelemetry> telemetry = await session.ListAsync(
                After(SelectTelemetry, scope, after.Telemetry, TelemetryMax), ReadTelemetry, cancellationToken);
            bool hasMore = telemetry.Count == TelemetryMax;
            return new LiveNews(telemetry, hasMore ? [] : steps, hasMore || steps.Count == StepsMax);
        },
        cancellationToken);

    /// <summary>Telemetry of a running step, the last committed first.</summary>
    /// <param name="before">Of the last one that was read; null to begin.</param>
    public Task<List<LiveTelemetry>> ListByStepAsync(
        OrganizationId organization, StepId step, long? before, int countMax, CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{SelectTelemetry} WHERE step_id = $1 AND organization_id = $2 AND position < $3 ORDER BY position DESC LIMIT {countMax}"),
            step.Value, organization.Value, before ?? long.MaxValue),
        ReadTelemetry, cancellationToken);

    // The limit stands in the text: as a parameter it makes PostgreSQL plan over all partitions at every request.
    private static Sql After(string select, LiveScope scope, long position, int countMax) => new(
        string.Create(CultureInfo.InvariantCulture, $"{select} WHERE {scope.Column} = $1 AND position > $2 ORDER BY position LIMIT {countMax}"),
        scope.Value, position);

    private static LiveStep ReadLiveStep(NpgsqlDataReader row) => new(row.GetInt64(16), StepQueries.ReadStep(row));

    private static LiveTelemetry ReadTelemetry(NpgsqlDataReader row) => new(row.GetInt64(0), new DeviceId(row.GetGuid(1)), row.GetString(2));
}

/// <summary>To be shown in this order: telemetry, then steps.</summary>
/// <param name="HasMore">There may be more already.</param>
public sealed record LiveNews(IReadOnlyList<LiveTelemetry> Telemetry, IReadOnlyList<LiveStep> Steps, bool HasMore);

public sealed record LiveStep(long Position, StepRow Step);

/// <param name="Body">JSON.</param>
public sealed record LiveTelemetry(long Position, DeviceId Device, string Body);

using System.Globalization;
using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>Steps and telemetry of a device or a site as they are committed: everything after a position, in the order of the commits.</summary>
public sealed class LiveFeed(StepCloudDatabase database)
{
    /// <summary>Steps read at a time: the settings of each may take a megabyte.</summary>
    private const int StepsMax = 20;

    /// <summary>Elements of telemetry read at a time: each may take 64 KiB, and all of them have to fit into what may wait for a stream.</summary>
    private const int TelemetryMax = 50;

    private const string SelectTelemetry = "SELECT position, received, body FROM telemetry";

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

    /// <summary>The next that were committed, some of them, in the order in which they were received.</summary>
    /// <remarks>
    /// Both kinds are read at one moment. A gateway's are received one after the other, commit included: so what is seen of it at a moment is everything up to
    /// some point, and all telemetry of a step comes before the step.
    /// </remarks>
    public Task<LiveNews> ReadAfterAsync(LiveScope scope, LivePosition after, CancellationToken cancellationToken) => database.ReadMomentAsync(
        async session =>
        {
            // Before there is a moment: whoever waited for a table while its month was exchanged (adr/0011) would see the moment before in a table of after,
            // which is empty then. LOCK has no moment of its own.
            await session.ExecuteAsync(new Sql("LOCK TABLE ONLY step_event IN ACCESS SHARE MODE"), cancellationToken);
            List<LiveItem> steps = await session.ListAsync<LiveItem>(
                After(StepQueries.SelectLiveStep, scope, after.Steps, StepsMax), ReadLiveStep, cancellationToken);
            List<LiveItem> telemetry = await session.ListAsync<LiveItem>(
                After(SelectTelemetry, scope, after.Telemetry, TelemetryMax), ReadTelemetry, cancellationToken);
            return Merge(steps, steps.Count == StepsMax, telemetry, telemetry.Count == TelemetryMax);
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

    /// <summary>By the times at which they were received, each kind in the order of its positions; only as far as the next of both kinds is known.</summary>
    private static LiveNews Merge(List<LiveItem> steps, bool areMoreSteps, List<LiveItem> telemetry, bool isMoreTelemetry)
    {
        List<LiveItem> items = new(steps.Count + telemetry.Count);
        for (int step = 0, element = 0; step < steps.Count || element < telemetry.Count;)
        {
            if ((step == steps.Count && areMoreSteps) || (element == telemetry.Count && isMoreTelemetry)) break;
            bool isElement = step == steps.Count || (element < telemetry.Count && telemetry[element].Received <= steps[step].Received);
            items.Add(isElement ? telemetry[element++] : steps[step++]);
        }

        return new LiveNews(items, areMoreSteps || isMoreTelemetry);
    }

    private static LiveStep ReadLiveStep(NpgsqlDataReader row)
    {
        StepRow step = StepQueries.ReadStep(row);
        return new LiveStep(row.GetInt64(16), step.Received, step);
    }

    private static LiveTelemetry ReadTelemetry(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2));
}

/// <param name="HasMore">There may be more already.</param>
public sealed record LiveNews(IReadOnlyList<LiveItem> Items, bool HasMore);

/// <summary>Something that was stored.</summary>
/// <param name="Position">Among those of its kind.</param>
public abstract record LiveItem(long Position, DateTimeOffset Received);

public sealed record LiveStep(long Position, DateTimeOffset Received, StepRow Step) : LiveItem(Position, Received);

/// <param name="Body">JSON.</param>
public sealed record LiveTelemetry(long Position, DateTimeOffset Received, string Body) : LiveItem(Position, Received);

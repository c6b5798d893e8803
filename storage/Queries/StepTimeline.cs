using System.Globalization;
using System.Text;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Registry;

namespace StepCloud.Storage;

/// <summary>Which steps are looked for. What is null is no matter.</summary>
public sealed record StepFilter(OrganizationId Organization)
{
    public DeviceId? Device { get; init; }

    public SiteId? Site { get; init; }

    public GatewayId? Gateway { get; init; }

    public string? Job { get; init; }

    public StepKind? Kind { get; init; }

    public string? Label { get; init; }

    public StepResult? Outcome { get; init; }

    /// <summary>Those that started then or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Those that started earlier.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>Steps of a device, a site, a job, an organization: page by page, and counted by the day.</summary>
/// <remarks>Newest first by their ids, whose time is the gateway's when the step ended: a step that arrives late stands in its place.</remarks>
public sealed class StepTimeline(StepCloudDatabase database)
{
    /// <returns>Their ids: a stored step never changes, so whoever has it already need not read it again.</returns>
    public Task<List<StepId>> ListAsync(StepFilter filter, StepId? before, int countMax, CancellationToken cancellationToken)
    {
        const string Select = "SELECT id FROM step_event";
        string text;
        Conditions conditions = new(filter);
        // The limit stands in the text: as a parameter it makes PostgreSQL plan over all partitions at every request, which takes several times
        // what it then does.
        string limit = string.Create(CultureInfo.InvariantCulture, $"ORDER BY id DESC LIMIT {countMax}");
        if (before is { } id) conditions.Add($"id < {conditions.Value(id.Value)}");
        if (filter.To is { } to)
        {
            // The newest that can have started before: of most steps an hour and what an id's time may be off, of the long ones more.
            string shortEnd = conditions.Value(StepId.Floor(to + LongSteps.Min + StepLimits.IdTimeToleranceMax).Value);
            string longEnd = conditions.Value(StepId.Floor(to + StepLimits.DurationMax + StepLimits.IdTimeToleranceMax).Value);
            text = $"""
                SELECT * FROM (
                    ({Select} WHERE {conditions} AND NOT ({LongSteps.Condition}) AND id < {shortEnd} {limit})
                    UNION ALL
                    ({Select} WHERE {conditions} AND {LongSteps.Condition} AND id < {longEnd} {limit})) AS either
                {limit}
                """;
        }
        else
        {
            text = $"{Select} WHERE {conditions} {limit}";
        }

        return database.ListAsync(conditions.ToSql(text), row => new StepId(row.GetGuid(0)), cancellationToken);
    }

    /// <summary>Those of these steps that the organization has, in no order.</summary>
    public Task<List<StepRow>> FindAsync(OrganizationId organization, IEnumerable<StepId> steps, CancellationToken cancellationToken) => database.ListAsync(
        new Sql($"{StepQueries.SelectStep} WHERE id = ANY ($1) AND organization_id = $2", steps.Select(step => step.Value).ToArray(), organization.Value),
        StepQueries.ReadStep, cancellationToken);

    /// <returns>Null when days can begin by it.</returns>
    public static string? TimeZoneFault(string name) => FieldRules.TimeZone(name);

    /// <summary>How many steps started on each day that has any.</summary>
    /// <param name="filter">Without times.</param>
    /// <param name="from">The first day.</param>
    /// <param name="to">The last day.</param>
    /// <param name="timeZone">By which days begin: a name of the IANA's.</param>
    public Task<List<StepDay>> CountByDayAsync(StepFilter filter, DateOnly from, DateOnly to, string timeZone, CancellationToken cancellationToken)
    {
        Conditions conditions = new(filter);
        string zone = conditions.Value(timeZone);
        conditions.Add($"started >= {conditions.Value(from)}::timestamp AT TIME ZONE {zone}");
        conditions.Add($"started < ({conditions.Value(to)}::timestamp + interval '1 day') AT TIME ZONE {zone}");
        // No time zone is further than a day from UTC.
        DateTimeOffset first = new(from.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        DateTimeOffset end = new DateTimeOffset(to.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).AddDays(2);
        conditions.Add($"id >= {conditions.Value(StepId.Floor(first.AddDays(-1) - StepLimits.IdTimeToleranceMax).Value)}");
        conditions.Add($"id < {conditions.Value(StepId.Floor(end + StepLimits.DurationMax + StepLimits.IdTimeToleranceMax).Value)}");
        string text = $"""
            SELECT
                (started AT TIME ZONE {zone})::date, count(*), sum(sample_count)::bigint,
                count(*) FILTER (WHERE outcome = 1), count(*) FILTER (WHERE outcome = 2), count(*) FILTER (WHERE outcome = 3)
            FROM step_event WHERE {conditions}
            GROUP BY 1 ORDER BY 1
            """;
        return database.ListAsync(
            conditions.ToSql(text),
            row => new StepDay(row.GetFieldValue<DateOnly>(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5)),
            cancellationToken);
    }

    private sealed class Conditions
    {
        private readonly StringBuilder _text = new();
        private readonly List<object?> _values = [];

        public Conditions(StepFilter filter)
        {
            _text.Append("organization_id = ").Append(Value(filter.Organization.Value));
            Equal("device_id", filter.Device?.Value);
            Equal("site_id", filter.Site?.Value);
            Equal("gateway_id", filter.Gateway?.Value);
            Equal("job", filter.Job);
            Equal("kind", (short?)filter.Kind);
            Equal("label", filter.Label);
            Equal("outcome", (short?)filter.Outcome);
            if (filter.From is { } from)
            {
                Add($"started >= {Value(from)}");
                Add($"id >= {Value(StepId.Floor(from - StepLimits.IdTimeToleranceMax).Value)}");
            }

            if (filter.To is { } to) Add($"started < {Value(to)}");
        }

        public string Value(object value)
        {
            _values.Add(value);
            return $"${_values.Count}";
        }

        public void Add(string condition) => _text.Append(" AND ").Append(condition);

        public Sql ToSql(string text) => new(text, [.. _values]);

        public override string ToString() => _text.ToString();

        private void Equal(string column, object? value)
        {
            if (value is not null) Add($"{column} = {Value(value)}");
        }
    }
}

/// <param name="Samples">Of its steps.</param>
public sealed record StepDay(DateOnly Day, long Steps, long Samples, long Succeeded, long Failed, long Aborted);

using System.Text.Json;
using Npgsql;
using StepCloud.Actors.Workflows;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage.Workflows;

/// <summary>Reads jobs, in a transaction or outside of one. The organization stands inside every query, so a stranger finds nothing.</summary>
internal static class JobReads
{
    public const string SelectJob =
        """
        SELECT j.id, j.code, j.name, j.parts, j.blueprint_id, b.name, j.blueprint_number, j.state, j.state_since, j.created_at, j.created_by, j.completed_at, j.completed_by,
            j.decided_at, j.decided_by, j.decision_reason, j.differs_since, j.evaluated_at,
            (SELECT count(*) FROM job_deviation AS d WHERE d.job_id = j.id AND d.state = 'open')::integer, j.version, j.conformance, j.case_id
        FROM job AS j JOIN blueprint AS b ON b.id = j.blueprint_id
        """;

    public static JobRow Row(NpgsqlDataReader row) => new(
        new JobId(row.GetGuid(0)), row.GetString(1), Text(row, 2), row.GetInt32(3), new BlueprintReference(new BlueprintId(row.GetGuid(4)), row.GetString(5), row.GetInt32(6)),
        row.GetString(7), row.GetFieldValue<DateTimeOffset>(8), row.GetFieldValue<DateTimeOffset>(9), new UserId(row.GetGuid(10)), Time(row, 11), User(row, 12), Time(row, 13),
        User(row, 14), Text(row, 15), Time(row, 16), Time(row, 17), row.GetInt32(18), row.GetInt64(19), row.IsDBNull(21) ? null : new CaseId(row.GetGuid(21)));

    public static async Task<JobView?> FindAsync(DatabaseSession session, OrganizationId organization, JobId id, CancellationToken cancellationToken)
    {
        if (await session.FirstAsync(
            new Sql($"{SelectJob} WHERE j.id = $1 AND j.organization_id = $2", id.Value, organization.Value), row => Tuple.Create(Row(row), Text(row, 20)), cancellationToken)
            is not var (job, conformance)) return null;
        IReadOnlyList<ExpectedView> expected = conformance is null ? [] : Expected(conformance);
        Dictionary<StepId, string> keys = expected.SelectMany(one => one.Steps.Select(step => KeyValuePair.Create(step, one.Key))).ToDictionary();
        int isLeftOut = expected.Count(one => one.Verdict == "left_out");
        return new JobView(
            job, new JobProgress(expected.Count(one => one.Verdict is "met" or "deviating"), expected.Count - isLeftOut), expected,
            await StepsAsync(session, id, keys, cancellationToken), await LotsAsync(session, id, cancellationToken), await DevicesAsync(session, id, cancellationToken),
            await ChoicesAsync(session, id, cancellationToken), await DeviationsAsync(session, id, cancellationToken),
            await SignaturesAsync(session, id, job.Blueprint, cancellationToken));
    }

    public static IReadOnlyList<ExpectedView> Expected(string conformance)
    {
        // What somebody has broken in the database is shown as nothing, and found by the verification.
        if (!JsonTexts.IsJson(conformance)) return [];
        using JsonDocument json = JsonDocument.Parse(conformance);
        return [.. json.RootElement.GetProperty("expected").EnumerateArray().Select(one => new ExpectedView(
            one.GetProperty("key").GetString()!, one.GetProperty("name").GetString()!, one.GetProperty("verdict").GetString()!,
            [.. one.GetProperty("steps").EnumerateArray().Select(step => new StepId(step.GetGuid()))]))];
    }

    public static Task<List<JobLotView>> LotsAsync(DatabaseSession session, JobId job, CancellationToken cancellationToken) => session.ListAsync(
        new Sql(
            """
            SELECT l.id, l.material, l.lot, l.manufacturer, l.expires_on, l.opened_on, j.added_at, j.added_by, j.removed_at, j.removed_by, j.remove_reason
            FROM job_lot AS j JOIN material_lot AS l ON l.id = j.lot_id WHERE j.job_id = $1 ORDER BY j.added_at, l.id
            """,
            job.Value),
        row => new JobLotView(
            new MaterialLotId(row.GetGuid(0)), row.GetString(1), row.GetString(2), Text(row, 3), Day(row, 4), Day(row, 5), row.GetFieldValue<DateTimeOffset>(6),
            new UserId(row.GetGuid(7)), Time(row, 8), User(row, 9), Text(row, 10)),
        cancellationToken);

    public static Task<List<StepChoiceView>> ChoicesAsync(DatabaseSession session, JobId job, CancellationToken cancellationToken) => session.ListAsync(
        new Sql("SELECT step_id, choice, at, by, reason FROM job_step_choice WHERE job_id = $1 ORDER BY position", job.Value),
        row => new StepChoiceView(new StepId(row.GetGuid(0)), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), new UserId(row.GetGuid(3)), row.GetString(4)), cancellationToken);

    public static Task<List<DeviationView>> DeviationsAsync(DatabaseSession session, JobId job, CancellationToken cancellationToken) => session.ListAsync(
        new Sql(
            """
            SELECT id, code, step_key, step_id, parameter, expected, found, off_by, step_name, found_at, withdrawn_at, state, disposition, reason, disposed_at, disposed_by
            FROM job_deviation WHERE job_id = $1 ORDER BY found_at, finding
            """,
            job.Value),
        row => new DeviationView(
            new JobDeviationId(row.GetGuid(0)), row.GetString(1), Text(row, 2), row.IsDBNull(3) ? null : new StepId(row.GetGuid(3)), Text(row, 4), Text(row, 5), Text(row, 6),
            Number(row, 7), Finding.SentenceOf(row.GetString(1), row.GetString(8), Text(row, 4), Text(row, 5), Text(row, 6), Number(row, 7)),
            row.GetFieldValue<DateTimeOffset>(9), Time(row, 10), row.GetString(11), Text(row, 12), Text(row, 13), Time(row, 14), User(row, 15)),
        cancellationToken);

    /// <summary>The blueprint's, then the job's.</summary>
    public static Task<List<SignatureView>> SignaturesAsync(DatabaseSession session, JobId job, BlueprintReference blueprint, CancellationToken cancellationToken) => session.ListAsync(
        new Sql($"{SelectSignature} WHERE (subject_id = $1 AND subject_number = $2) OR subject_id = $3 ORDER BY signed_at, id", blueprint.Id.Value, blueprint.Number, job.Value),
        Signature, cancellationToken);

    public const string SelectSignature =
        """
        SELECT id, subject_kind, subject_id, subject_number, meaning, user_id, user_name, second_factor, comment, signed_at, record_hash, charts_hash, jws FROM signature
        """;

    public static SignatureView Signature(NpgsqlDataReader row) => new(
        new SignatureId(row.GetGuid(0)), row.GetString(1), row.GetGuid(2), row.IsDBNull(3) ? null : row.GetInt32(3), row.GetString(4), new UserId(row.GetGuid(5)),
        row.GetString(6), row.GetBoolean(7), Text(row, 8), row.GetFieldValue<DateTimeOffset>(9), Convert.ToHexStringLower(row.GetFieldValue<byte[]>(10)),
        row.IsDBNull(11) ? null : Convert.ToHexStringLower(row.GetFieldValue<byte[]>(11)), row.GetString(12));

    private static Task<List<JobStepView>> StepsAsync(DatabaseSession session, JobId job, Dictionary<StepId, string> keys, CancellationToken cancellationToken) => session.ListAsync(
        new Sql(
            """
            SELECT e.id, s.joined, e.device_id, coalesce(d.given_label, d.label), e.started, e.ended, e.label, e.outcome
            FROM job_step AS s JOIN step_event AS e ON e.id = s.step_id JOIN device AS d ON d.id = e.device_id
            WHERE s.job_id = $1 ORDER BY e.started, e.id
            """,
            job.Value),
        row => new JobStepView(
            new StepId(row.GetGuid(0)), keys.GetValueOrDefault(new StepId(row.GetGuid(0))), row.GetString(1), new DeviceId(row.GetGuid(2)), row.GetString(3),
            row.GetFieldValue<DateTimeOffset>(4), row.GetFieldValue<DateTimeOffset>(5), row.GetString(6), row.IsDBNull(7) ? null : WireNames.Of((StepResult)row.GetInt16(7))),
        cancellationToken);

    private static Task<List<JobDeviceView>> DevicesAsync(DatabaseSession session, JobId job, CancellationToken cancellationToken) => session.ListAsync(
        new Sql(
            """
            SELECT j.id, j.device_id, coalesce(d.given_label, d.label), j.from_at, j.to_at, j.added_at, j.added_by
            FROM job_device AS j JOIN device AS d ON d.id = j.device_id WHERE j.job_id = $1 ORDER BY j.id
            """,
            job.Value),
        row => new JobDeviceView(
            new JobDeviceId(row.GetGuid(0)), new DeviceId(row.GetGuid(1)), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3), Time(row, 4),
            row.GetFieldValue<DateTimeOffset>(5), new UserId(row.GetGuid(6))),
        cancellationToken);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static double? Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static DateOnly? Day(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateOnly>(column);

    private static UserId? User(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : new UserId(row.GetGuid(column));
}

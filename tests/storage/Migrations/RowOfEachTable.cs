using System.Globalization;
using Npgsql;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Storage;

/// <summary>Puts a row with a value in every column into every table that a database has.</summary>
/// <remarks>
/// All ids of one filling are the same, so whatever refers to something finds it. What a column's name and type do not tell, such as the words that a
/// check allows, is in <see cref="Words"/>.
/// </remarks>
internal static class RowOfEachTable
{
    /// <summary>Kept by a trigger, or the one row that there may be.</summary>
    private static readonly string[] HaveTheirRow = ["master_key", "job_cursor", "installation"];

    private static readonly Dictionary<string, string> Words = new()
    {
        ["session.holder_kind"] = "1", ["session.access_key_id"] = "NULL", ["session.started_by"] = "'password'",
        ["session.case_id"] = "NULL", ["session.device_id"] = "NULL", ["session.device_name"] = "NULL", ["sign_in_code.selector"] = "upper(substr(md5(random()::text), 1, 3))",
        ["rejected_message.source"] = "'mqtt'", ["rejected_message.state"] = "'dismissed'",
        ["audit_entry.doer_kind"] = "'user'",
        ["signing_key.private_key_sealed"] = "NULL", ["signing_key.revoked_at"] = "NULL", ["server_secret.value_sealed"] = "NULL",
        ["outgoing_mail.failed_at"] = "NULL", ["account_link.kind"] = "'recovery'",
        ["device_model_picture.media_type"] = "'image/png'", ["device_state.state"] = "1",
        ["alarm_rule.device_id"] = "NULL", ["alarm_rule.gateway_id"] = "NULL", ["alarm.gateway_id"] = "NULL", ["alarm_delivery.gateway_id"] = "NULL", ["alarm_rule.condition"] = "'outcome'", ["alarm_rule.severity"] = "'info'", ["alarm_event.kind"] = "'raised'",
        ["alarm_channel.kind"] = "'webhook'", ["alarm_channel.users"] = "NULL", ["alarm_channel.severity_min"] = "'info'", ["alarm_delivery.state"] = "'pending'",
        ["maintenance_plan.kind"] = "'calibration'", ["maintenance_record.result"] = "'passed'",
        ["signature.meaning"] = "'approved'", ["signature.subject_kind"] = "'job'", ["blueprint_version.state"] = "'retired'",
        ["job.decision"] = "'released'", ["job.state"] = "'released'", ["job_device.to_at"] = "NULL", ["job_step.joined"] = "'hand'",
        ["wrapped_key.parent_id"] = "NULL", ["organization.case_reference"] = "'plain'",
        ["case_file.erased_at"] = "NULL", ["case_file.erased_by"] = "NULL", ["case_file.erase_reason"] = "NULL",
        ["case_consent.given_by"] = "'guardian'", ["case_consent.form"] = "'paper'", ["case_consent.ends_at"] = "NULL", ["case_consent_withdrawal.form"] = "'email'",
        ["recording.subject_kind"] = "'case'", ["recording.store"] = "'folder'", ["recording.stored_name"] = "replace(gen_random_uuid()::text, '-', '')",
        ["recording.tail_sealed"] = "NULL", ["recording.writer"] = "NULL", ["recording.writer_until"] = "NULL", ["recording.expires_at"] = "NULL",
        ["recording.copied_from"] = "NULL", ["recording_place.store"] = "'folder'",
        ["recording_move.store"] = "'s3'", ["recording_move.stored_name"] = "replace(gen_random_uuid()::text, '-', '')",
        ["folder_link.end_reason"] = "'revoked'", ["job_step_choice.choice"] = "'added'", ["job_deviation.disposition"] = "'accept'",
    };

    /// <summary>How many rows each table has.</summary>
    public static async Task<Dictionary<string, long>> CountAsync(TestDatabase database)
    {
        Dictionary<string, long> counts = [];
        foreach (string table in await TablesAsync(database)) counts[table] = await database.ScalarAsync<long>($"SELECT count(*) FROM {table}");
        return counts;
    }

    /// <param name="number">Other than that of any filling before.</param>
    public static async Task FillAsync(TestDatabase database, int number)
    {
        await database.ExecuteAsync(
            """
            DO $$ DECLARE parent regclass; BEGIN
                FOR parent IN SELECT oid FROM pg_class WHERE relkind = 'p' AND relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = pg_class.oid) LOOP
                    EXECUTE format('CREATE TABLE %I PARTITION OF %s DEFAULT', parent || '_all', parent);
                END LOOP;
            END $$
            """);
        List<string> open = [.. await TablesAsync(database)];
        // What others refer to may stand after them.
        while (open.Count > 0)
        {
            List<string> left = [];
            PostgresException? last = null;
            foreach (string table in open)
            {
                try
                {
                    await database.ExecuteAsync(await InsertAsync(database, table, number));
                }
                catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation && HaveTheirRow.Contains(table))
                {
                    // Filled is filled.
                }
                catch (PostgresException e)
                {
                    left.Add(table);
                    last = e;
                }
            }

            if (left.Count == open.Count) throw new InvalidOperationException($"{string.Join(", ", left)} cannot be filled: {last!.MessageText}. What their columns take belongs into {nameof(Words)}.", last);
            open = left;
        }
    }

    private static async Task<string[]> TablesAsync(TestDatabase database) => await database.ScalarAsync<string[]>(
        """
        SELECT coalesce(array_agg(relname::text ORDER BY oid), '{}') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'schema_migration'
        """);

    private static async Task<string> InsertAsync(TestDatabase database, string table, int number)
    {
        string[] columns = await database.ScalarAsync<string[]>(
            """
            SELECT array_agg(attname || ':' || format_type(atttypid, -1) ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
            """, table);
        string[][] named = [.. columns.Select(column => column.Split(':'))];
        IEnumerable<string> values = named.Select(column => Words.GetValueOrDefault($"{table}.{column[0]}") ?? ValueOf(column[1], number.ToString(CultureInfo.InvariantCulture)));
        return $"INSERT INTO {table} ({string.Join(", ", named.Select(column => $"\"{column[0]}\""))}) VALUES ({string.Join(", ", values)})";
    }

    private static string ValueOf(string type, string number) => type switch
    {
        "uuid" => $"'019a0000-0000-7000-8000-{number.PadLeft(12, '0')}'",
        "uuid[]" => $"'{{019a0000-0000-7000-8000-{number.PadLeft(12, '0')}}}'",
        "text" => $"'x{number}'",
        "bytea" => $"sha256('x{number}')",
        "boolean" => "true",
        "json" or "jsonb" => "'{}'",
        "date" => $"date '2026-11-01' + {number}",
        "interval" => "interval '1 hour'",
        _ when type.StartsWith("timestamp", StringComparison.Ordinal) => "timestamptz '2026-11-01T00:00:00Z'",
        _ when type.EndsWith("[]", StringComparison.Ordinal) => "'{1}'",
        _ => number,
    };
}

using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>What users see of the commands to gateways. The organization stands inside every query, so a stranger finds nothing.</summary>
public sealed class CommandQueries(StepCloudDatabase database)
{
    private const string Select =
        """
        SELECT id, gateway_id, name, arguments::text, created_by, created_at, deadline, sent_at, delivered_at, answered_at, problem,
               outcome, message, result::text
        FROM gateway_command WHERE organization_id = $1 AND gateway_id = $2
        """;

    /// <returns>Null when the organization has no such gateway.</returns>
    public async Task<IReadOnlyList<CommandRow>?> ListAsync(
        OrganizationId organization, GatewayId gateway, CommandId? before, int countMax, CancellationToken cancellationToken)
    {
        bool exists = await database.ScalarAsync<bool>(
            new Sql("SELECT EXISTS (SELECT FROM gateway WHERE id = $1 AND organization_id = $2)", gateway.Value, organization.Value), cancellationToken);
        return exists
            ? await database.ListAsync(
                new Sql(
                    $"{Select} AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4", organization.Value, gateway.Value, before?.Value, countMax),
                Read, cancellationToken)
            : null;
    }

    public Task<CommandRow?> FindAsync(OrganizationId organization, GatewayId gateway, CommandId command, CancellationToken cancellationToken) =>
        database.FirstAsync(new Sql($"{Select} AND id = $3", organization.Value, gateway.Value, command.Value), Read, cancellationToken);

    private static CommandRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.GetGuid(4),
        reader.GetFieldValue<DateTimeOffset>(5), reader.GetFieldValue<DateTimeOffset>(6), Time(reader, 7), Time(reader, 8), Time(reader, 9),
        Text(reader, 10), reader.IsDBNull(11) ? null : reader.GetInt16(11), Text(reader, 12), Text(reader, 13));

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}

/// <param name="Problem">Why it has not reached the gateway.</param>
/// <param name="Outcome">1 done, 2 failed, 3 refused; null without an answer.</param>
public sealed record CommandRow(
    Guid Id,
    Guid GatewayId,
    string Name,
    string Arguments,
    Guid CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset Deadline,
    DateTimeOffset? SentAt,
    DateTimeOffset? DeliveredAt,
    DateTimeOffset? AnsweredAt,
    string? Problem,
    short? Outcome,
    string? Message,
    string? Result);

using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;

namespace StepCloud.Storage;

public sealed class CommandStore(StepCloudDatabase database) : ICommandStore
{
    private const string SelectOpen =
        "SELECT id, name, arguments::text, created_at, deadline FROM gateway_command WHERE gateway_id = $1 AND answered_at IS NULL AND deadline > $2";

    public Task<bool> AddAsync(GatewayRecord gateway, GatewayCommand command, AuditDoer by, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async session =>
            {
                int added = await session.ExecuteAsync(
                    new Sql(
                        """
                        INSERT INTO gateway_command (id, organization_id, gateway_id, name, arguments, created_by, created_at, deadline)
                        VALUES ($1, $2, $3, $4, $5::json, $6, $7, $8) ON CONFLICT (id) DO NOTHING
                        """,
                        command.Id.Value, gateway.Organization.Value, gateway.Id.Value, command.Name, command.Arguments, by.Id, command.CreatedAt,
                        command.Deadline),
                    cancellationToken);
                if (added == 0) return false;
                NewAuditEntry sent = new(
                    gateway.Organization, by, AuditActions.CommandSent, new AuditSubject(AuditSubject.Gateway, gateway.Id.Value),
                    New: AuditValues.Of(new { command = command.Id.Value, command.Name, command.Deadline }));
                await AuditTrail.AppendAsync(session, command.CreatedAt, sent, cancellationToken);
                return true;
            },
            cancellationToken);

    public async Task<int> CountOpenAsync(GatewayId gateway, DateTimeOffset now, CancellationToken cancellationToken) =>
        (int)await database.ScalarAsync<long>(
            new Sql("SELECT count(*) FROM gateway_command WHERE gateway_id = $1 AND answered_at IS NULL AND deadline > $2", gateway.Value, now),
            cancellationToken);

    public async Task<IReadOnlyList<GatewayCommand>> ListQueuedAsync(GatewayId gateway, DateTimeOffset now, CancellationToken cancellationToken) =>
        await database.ListAsync(
            new Sql($"{SelectOpen} AND sent_at IS NULL AND delivered_at IS NULL ORDER BY created_at, id", gateway.Value, now), Read, cancellationToken);

    public async Task<IReadOnlyList<GatewayCommand>> ListUnansweredAsync(GatewayId gateway, DateTimeOffset now, CancellationToken cancellationToken) =>
        await database.ListAsync(new Sql($"{SelectOpen} ORDER BY created_at, id", gateway.Value, now), Read, cancellationToken);

    public Task MarkSentAsync(GatewayId gateway, IReadOnlyList<CommandId> commands, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            new Sql(
                "UPDATE gateway_command SET sent_at = coalesce(sent_at, $3), problem = NULL WHERE gateway_id = $1 AND id = ANY($2)",
                gateway.Value, commands.Select(command => command.Value).ToArray(), at),
            cancellationToken);

    public Task MarkDeliveredAsync(GatewayId gateway, CommandId command, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            new Sql(
                """
                UPDATE gateway_command SET delivered_at = $3, sent_at = coalesce(sent_at, $3), problem = NULL
                WHERE gateway_id = $1 AND id = $2 AND delivered_at IS NULL
                """,
                gateway.Value, command.Value, at),
            cancellationToken);

    public Task MarkLostAsync(GatewayId gateway, CommandId command, string problem, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            new Sql(
                "UPDATE gateway_command SET sent_at = NULL, problem = $3 WHERE gateway_id = $1 AND id = $2 AND delivered_at IS NULL",
                gateway.Value, command.Value, problem),
            cancellationToken);

    public Task MarkAllLostAsync(GatewayId gateway, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            new Sql(
                """
                UPDATE gateway_command SET sent_at = NULL, problem = 'The gateway came back without its session.'
                WHERE gateway_id = $1 AND answered_at IS NULL AND delivered_at IS NULL AND sent_at IS NOT NULL
                """,
                gateway.Value),
            cancellationToken);

    public Task<IReadOnlyList<AnswerCommandOutcome>> AnswerAsync(
        GatewayId gateway, IReadOnlyList<CommandAnswer> answers, AuditDoer by, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.InTransactionAsync<IReadOnlyList<AnswerCommandOutcome>>(
            async session =>
            {
                List<AnswerCommandOutcome> outcomes = new(answers.Count);
                List<NewAuditEntry> entries = [];
                foreach (CommandAnswer answer in answers) outcomes.Add(await AnswerAsync(session, gateway, answer, by, at, entries, cancellationToken));
                if (entries.Count > 0) await AuditTrail.AppendAsync(session, at, entries, cancellationToken);
                return outcomes;
            },
            cancellationToken);

    private static async Task<AnswerCommandOutcome> AnswerAsync(
        DatabaseSession session, GatewayId gateway, CommandAnswer answer, AuditDoer by, DateTimeOffset at, List<NewAuditEntry> entries,
        CancellationToken cancellationToken)
    {
        // Whoever answers has the command, whether or not its acknowledgement came.
        List<OrganizationId> stored = await session.ListAsync(
            new Sql(
                """
                UPDATE gateway_command SET
                    answered_at = $3, outcome = $4, message = $5, result = $6::json,
                    sent_at = coalesce(sent_at, $3), delivered_at = coalesce(delivered_at, $3), problem = NULL
                WHERE gateway_id = $1 AND id = $2 AND answered_at IS NULL
                RETURNING organization_id
                """,
                gateway.Value, answer.Command.Value, at, (short)answer.Outcome, answer.Message, answer.Result),
            reader => new OrganizationId(reader.GetGuid(0)), cancellationToken);
        if (stored is [var organization])
        {
            entries.Add(new NewAuditEntry(
                organization, by, AuditActions.CommandAnswered, new AuditSubject(AuditSubject.Gateway, gateway.Value),
                New: AuditValues.Of(new { command = answer.Command.Value, outcome = CommandWords.Of(answer.Outcome) })));
            return AnswerCommandOutcome.Stored.Instance;
        }

        List<bool> isSame = await session.ListAsync(
            new Sql(
                """
                SELECT outcome = $3 AND message = $4 AND result::text IS NOT DISTINCT FROM $5 FROM gateway_command
                WHERE gateway_id = $1 AND id = $2
                """,
                gateway.Value, answer.Command.Value, (short)answer.Outcome, answer.Message, answer.Result),
            reader => reader.GetBoolean(0), cancellationToken);
        return isSame switch
        {
            [] => new AnswerCommandOutcome.Refused(new Refusal(RefusalCode.UnknownCommand, $"This gateway was never sent a command {answer.Command}.")),
            [true] => AnswerCommandOutcome.AlreadyStored.Instance,
            _ => new AnswerCommandOutcome.Refused(
                new Refusal(RefusalCode.CommandAnsweredOtherwise, $"Command {answer.Command} has another answer already. The first one stands.")),
        };
    }

    private static GatewayCommand Read(NpgsqlDataReader reader) => new(
        new CommandId(reader.GetGuid(0)), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3),
        reader.GetFieldValue<DateTimeOffset>(4));
}

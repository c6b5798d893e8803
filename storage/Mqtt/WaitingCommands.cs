using StepCloud.Contracts.Ids;
using StepCloud.Storage.Notices;

namespace StepCloud.Storage;

/// <summary>Commands that wait for gateways of other nodes.</summary>
/// <exception cref="StorageException">From every method.</exception>
public sealed class WaitingCommands(StepCloudDatabase database)
{
    /// <summary>Tells every process that a command waits: the one that has the gateway sends it.</summary>
    public Task TellAsync(GatewayId gateway, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("SELECT pg_notify($1, $2)", NoticeListener.ChannelName, new Notice(Notice.CommandWaits, gateway.Value).ToString()), cancellationToken);

    /// <summary>Those of the gateways for which something waits to be sent.</summary>
    public async Task<IReadOnlyList<GatewayId>> ListAsync(IReadOnlyCollection<GatewayId> gateways, DateTimeOffset now, CancellationToken cancellationToken) =>
        await database.ListAsync(
            new Sql(
                """
                SELECT DISTINCT gateway_id FROM gateway_command
                WHERE gateway_id = ANY($1) AND answered_at IS NULL AND sent_at IS NULL AND delivered_at IS NULL AND deadline > $2
                """,
                gateways.Select(gateway => gateway.Value).ToArray(), now),
            row => new GatewayId(row.GetGuid(0)), cancellationToken);
}

using StepCloud.Storage.Cluster;
using StepCloud.Storage.Notices;

namespace StepCloud.Storage;

/// <summary>Which node of a cluster has which MQTT session in its memory, and how a session moves from one to another (docs/adr/0013).</summary>
/// <exception cref="StorageException">From every method.</exception>
public sealed class MqttSessionClaims(StepCloudDatabase database, ThisNode self, ClusterNodes nodes, TimeProvider clock)
{
    /// <summary>What is adopted at a time: rows that are locked together, and sessions that are read into memory together.</summary>
    private const int PortionSize = 200;

    /// <summary>Whether the session that this node has in memory is still its own. Whoever wanted it comes too late: the client has connected here since.</summary>
    public async Task<bool> KeepAsync(string clientId, CancellationToken cancellationToken) => await database.ExecuteAsync(
        new Sql("UPDATE mqtt_session SET wanted_by = NULL WHERE client_id = $1 AND node = $2", clientId, self.Id), cancellationToken) == 1;

    /// <summary>Takes the client's session for this node, with what is stored of it, if no other node has it; asks that one for it otherwise.</summary>
    /// <param name="isFirst">The client has just connected: its latest connection is this. False for another look, when the session was asked for already.</param>
    public async Task<MqttClaim> TryClaimAsync(string clientId, string ownerKey, bool isFirst, CancellationToken cancellationToken)
    {
        Guid? gone = null;
        while (true)
        {
            (MqttClaim? claim, Guid holder) = await database.InTransactionAsync(
                session => TryClaimAsync(session, clientId, ownerKey, isFirst, gone, cancellationToken), cancellationToken);
            if (claim is null) continue;
            if (claim is not MqttClaim.Waits || holder == gone || !await nodes.IsGoneAsync(holder, cancellationToken)) return claim;
            gone = holder;
        }
    }

    /// <summary>The sessions that this node is to give up.</summary>
    public Task<List<MqttWantedSession>> ListWantedAsync(CancellationToken cancellationToken) => database.ListAsync(
        new Sql("SELECT client_id, owner_key FROM mqtt_session WHERE node = $1 AND wanted_by IS NOT NULL", self.Id),
        row => new MqttWantedSession(row.GetString(0), row.GetString(1)), cancellationToken);

    /// <summary>The session is not in memory any more, and all of it is stored: whoever wants it may have it.</summary>
    /// <param name="holder">Whose session it is, for the notice.</param>
    public Task FreeAsync(string clientId, Guid holder, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql(
            """
            WITH freed AS (UPDATE mqtt_session SET node = NULL WHERE client_id = $1 AND node = $2 AND wanted_by IS NOT NULL)
            SELECT pg_notify($3, $4)
            """,
            clientId, self.Id, NoticeListener.ChannelName, new Notice(Notice.MqttSessionFree, holder).ToString()),
        cancellationToken);

    /// <summary>This node stops: nothing of it is in memory any more.</summary>
    public Task FreeAllAsync(CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("UPDATE mqtt_session SET node = NULL, left_at = coalesce(left_at, $2) WHERE node = $1", self.Id, clock.GetUtcNow()), cancellationToken);

    /// <summary>Nobody waits here any longer for that session.</summary>
    public Task WantNoMoreAsync(string clientId, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("UPDATE mqtt_session SET wanted_by = NULL WHERE client_id = $1 AND wanted_by = $2", clientId, self.Id), cancellationToken);

    /// <summary>All sessions of this node.</summary>
    public Task<List<string>> ListOwnAsync(CancellationToken cancellationToken) =>
        database.ListAsync(new Sql("SELECT client_id FROM mqtt_session WHERE node = $1", self.Id), row => row.GetString(0), cancellationToken);

    /// <summary>The other nodes that have sessions.</summary>
    public Task<List<Guid>> ListHoldersAsync(CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            """
            WITH RECURSIVE holder AS (
                (SELECT node FROM mqtt_session WHERE node IS NOT NULL ORDER BY node LIMIT 1)
                UNION ALL
                SELECT (SELECT s.node FROM mqtt_session AS s WHERE s.node > h.node ORDER BY s.node LIMIT 1) FROM holder AS h WHERE h.node IS NOT NULL
            )
            SELECT node FROM holder WHERE node <> $1
            """,
            self.Id),
        row => row.GetGuid(0), cancellationToken);

    /// <summary>Takes a portion of the sessions of a node that is gone. Its clients count as gone since now; who waits for one of them still does.</summary>
    /// <returns>None when no more are left.</returns>
    public Task<IReadOnlyList<MqttWholeSession>> AdoptAsync(Guid gone, CancellationToken cancellationToken) =>
        AdoptAsync("node = $4", gone, "wanted_by", cancellationToken);

    /// <summary>Takes a portion of those that nobody has: given up, and the client did not come; or left by an installation that was a single process.</summary>
    /// <param name="before">Of those that were given up, which: their clients left before.</param>
    public Task<IReadOnlyList<MqttWholeSession>> AdoptFreeAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        AdoptAsync("node IS NULL AND (left_at IS NULL OR left_at < $4)", before, "NULL", cancellationToken);

    private Task<IReadOnlyList<MqttWholeSession>> AdoptAsync(string which, object value, string wantedBy, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async session =>
            {
                List<string> taken = await session.ListAsync(
                    new Sql(
                        $"""
                        UPDATE mqtt_session AS s SET node = $1, left_at = coalesce(left_at, $2), wanted_by = {wantedBy}
                        WHERE client_id IN (
                            SELECT client_id FROM mqtt_session WHERE {which} ORDER BY client_id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED)
                        RETURNING client_id
                        """,
                        self.Id, clock.GetUtcNow(), PortionSize, value),
                    row => row.GetString(0), cancellationToken);
                return taken.Count == 0 ? [] : await MqttSessionReads.ListAsync(session, taken, cancellationToken);
            },
            cancellationToken);

    /// <returns>No claim when the row came or went meanwhile: look again.</returns>
    private async Task<(MqttClaim? Claim, Guid Holder)> TryClaimAsync(
        DatabaseSession session, string clientId, string ownerKey, bool isFirst, Guid? gone, CancellationToken cancellationToken)
    {
        Sql find = new("SELECT owner_key, node, wanted_by FROM mqtt_session WHERE client_id = $1 FOR NO KEY UPDATE", clientId);
        if (await session.FirstAsync(find, row => new Holding(row.GetString(0), IdOrNull(row, 1), IdOrNull(row, 2)), cancellationToken) is not { } holding)
        {
            // Of two nodes that find none, the one whose row this becomes has the client.
            int made = await session.ExecuteAsync(
                new Sql("INSERT INTO mqtt_session (client_id, owner_key, expiry_ms, node) VALUES ($1, $2, 0, $3) ON CONFLICT DO NOTHING", clientId, ownerKey, self.Id),
                cancellationToken);
            return (made == 1 ? MqttClaim.New.Instance : null, default);
        }

        if (holding.OwnerKey != ownerKey) return (MqttClaim.Others.Instance, default);
        if (!isFirst && holding.Node != self.Id && holding.WantedBy != self.Id) return (MqttClaim.Superseded.Instance, default);
        if (holding.Node is { } holder && holder != self.Id && holder != gone)
        {
            if (isFirst) await AskAsync(session, clientId, holder, cancellationToken);
            return (MqttClaim.Waits.Instance, holder);
        }

        await session.ExecuteAsync(new Sql("UPDATE mqtt_session SET node = $2, wanted_by = NULL WHERE client_id = $1", clientId, self.Id), cancellationToken);
        return (new MqttClaim.Taken((await MqttSessionReads.FindAsync(session, clientId, cancellationToken))!), default);
    }

    private async Task AskAsync(DatabaseSession session, string clientId, Guid holder, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(new Sql("UPDATE mqtt_session SET wanted_by = $2 WHERE client_id = $1", clientId, self.Id), cancellationToken);
        await session.ExecuteAsync(
            new Sql("SELECT pg_notify($1, $2)", NoticeListener.ChannelName, new Notice(Notice.MqttSessionWanted, holder).ToString()), cancellationToken);
    }

    private static Guid? IdOrNull(Npgsql.NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);

    private sealed record Holding(string OwnerKey, Guid? Node, Guid? WantedBy);
}

/// <param name="OwnerKey">Whose it is, such as `gateway:{id}`.</param>
public readonly record struct MqttWantedSession(string ClientId, string OwnerKey);

/// <summary>What became of a node's wish to have a client's session.</summary>
public abstract record MqttClaim
{
    private MqttClaim()
    {
    }

    /// <summary>There was none; its row is this node's.</summary>
    public sealed record New : MqttClaim
    {
        public static readonly New Instance = new();
    }

    /// <summary>It is this node's, as it is stored.</summary>
    public sealed record Taken(MqttWholeSession Session) : MqttClaim;

    /// <summary>Another node has it and was asked for it.</summary>
    public sealed record Waits : MqttClaim
    {
        public static readonly Waits Instance = new();
    }

    /// <summary>The client has connected to yet another node since.</summary>
    public sealed record Superseded : MqttClaim
    {
        public static readonly Superseded Instance = new();
    }

    /// <summary>It belongs to somebody else.</summary>
    public sealed record Others : MqttClaim
    {
        public static readonly Others Instance = new();
    }
}

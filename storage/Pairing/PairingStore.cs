using Npgsql;
using StepCloud.Actors.Gateways;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

public sealed class PairingStore(StepCloudDatabase database, TimeProvider clock) : IPairingStore
{
    /// <summary>How long an expired request is kept, so that its gateway is told `expired_token` and not that there never was one.</summary>
    private static readonly TimeSpan Retention = PairingLimits.CodeLifetime;

    public Task<PairingStart> AddAsync(NewPairing pairing, CancellationToken cancellationToken) => database.InTransactionAsync<PairingStart>(
        async transaction =>
        {
            // One at a time, or two would each find the last place free.
            await transaction.ExecuteAsync(new Sql("SELECT pg_advisory_xact_lock($1)", AdvisoryLocks.Pairing), cancellationToken);
            DateTimeOffset now = clock.GetUtcNow();
            await transaction.ExecuteAsync(DeleteOld(now), cancellationToken);
            if (await FreeAtAsync(transaction, pairing, cancellationToken) is { } freeAt)
                return new PairingStart.TooMany(freeAt + Retention - now);

            GatewayIntroduction told = pairing.Introduction;
            int added = await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO pairing_request (
                        device_code_hash, user_code, gateway_id, serial, model, software_version, hardware_version, remote_address, remote_network,
                        created_at, expires_at, interval_seconds)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (user_code) DO NOTHING
                    """,
                    pairing.DeviceCodeHash, pairing.UserCode, told.Gateway.Value, told.Serial, told.Model, told.SoftwareVersion, told.HardwareVersion,
                    pairing.RemoteAddress, pairing.RemoteNetwork, now, now + PairingLimits.CodeLifetime,
                    (int)PairingLimits.PollInterval.TotalSeconds),
                cancellationToken);
            return added == 1 ? PairingStart.Added.Instance : PairingStart.CodeTaken.Instance;
        },
        cancellationToken);

    public Task<PairingPoll> PollAsync(byte[] deviceCodeHash, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            List<(GatewayId Gateway, PairingState State)> found = await transaction.ListAsync(
                new Sql(
                    """
                    SELECT gateway_id, expires_at, is_approved, interval_seconds, last_polled_at
                    FROM pairing_request WHERE device_code_hash = $1 FOR UPDATE
                    """,
                    deviceCodeHash),
                reader => (new GatewayId(reader.GetGuid(0)), ReadState(reader)),
                cancellationToken);
            PairingVerdict verdict = PairingDecisions.Decide(found.Count == 0 ? null : found[0].State, now);
            switch (verdict)
            {
                case PairingVerdict.Redeem:
                    await transaction.ExecuteAsync(new Sql("DELETE FROM pairing_request WHERE device_code_hash = $1", deviceCodeHash), cancellationToken);
                    return new PairingPoll(verdict, found[0].Gateway);

                case PairingVerdict.Pending or PairingVerdict.SlowDown:
                    int slower = verdict == PairingVerdict.SlowDown ? (int)PairingLimits.SlowDownStep.TotalSeconds : 0;
                    await transaction.ExecuteAsync(
                        new Sql(
                            "UPDATE pairing_request SET last_polled_at = $2, interval_seconds = interval_seconds + $3 WHERE device_code_hash = $1",
                            deviceCodeHash, now, slower),
                        cancellationToken);
                    return new PairingPoll(verdict);

                default: return new PairingPoll(verdict);
            }
        },
        cancellationToken);

    public Task<PairingAnswer> FindAsync(PairingTry attempt, CancellationToken cancellationToken) =>
        TryAsync(
            attempt,
            async (transaction, request, _) => new PairingAnswer.Found(request with
            {
                Known = await PairingGateways.FindKnownAsync(transaction, attempt.Organization, request.Introduction.Gateway, cancellationToken),
            }),
            cancellationToken);

    public Task<PairingAnswer> ConfirmAsync(PairingTry attempt, SiteId site, string name, AuditDoer doer, CancellationToken cancellationToken) =>
        TryAsync(
            attempt,
            async (transaction, request, now) =>
            {
                PairedGateway gateway = new(request.Introduction.Gateway, name, site);
                switch (await PairingGateways.SetUpAsync(transaction, attempt, gateway, request.Introduction, doer, now, cancellationToken))
                {
                    case PairingGateways.NoSite: return PairingAnswer.UnknownSite.Instance;
                    case PairingGateways.Foreign:
                        await DecideAsync(transaction, attempt, isApproved: false, cancellationToken);
                        await AuditTrail.AppendAsync(transaction, now, Denied(attempt, request, doer, "id_taken"), cancellationToken);
                        return PairingAnswer.IdTaken.Instance;
                    case PairingGateways.Ready ready:
                        await DecideAsync(transaction, attempt, isApproved: true, cancellationToken);
                        await AuditTrail.AppendAsync(transaction, now, ready.Entry, cancellationToken);
                        return new PairingAnswer.Confirmed(gateway);
                    default: throw new System.Diagnostics.UnreachableException();
                }
            },
            cancellationToken);

    public Task<PairingAnswer> DenyAsync(PairingTry attempt, AuditDoer doer, CancellationToken cancellationToken) =>
        TryAsync(
            attempt,
            async (transaction, request, now) =>
            {
                await DecideAsync(transaction, attempt, isApproved: false, cancellationToken);
                await AuditTrail.AppendAsync(transaction, now, Denied(attempt, request, doer, "denied_by_user"), cancellationToken);
                return PairingAnswer.Denied.Instance;
            },
            cancellationToken);

    public Task SweepAsync(CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            await transaction.ExecuteAsync(DeleteOld(now), cancellationToken);
            await transaction.ExecuteAsync(new Sql("DELETE FROM provisioning_secret WHERE expires_at <= $1", now), cancellationToken);
            return await PairingTries.DeleteOldAsync(transaction, now, cancellationToken);
        },
        cancellationToken);

    /// <summary>Looks for the code of a user who may still try, holds its row, and acts on it. A code that is not open is a wrong try.</summary>
    private Task<PairingAnswer> TryAsync(
        PairingTry attempt, Func<DatabaseSession, PairingRequest, DateTimeOffset, Task<PairingAnswer>> act, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                if (await PairingTries.RetryAfterAsync(transaction, attempt, now, cancellationToken) is { } retryAfter)
                    return new PairingAnswer.TooManyTries(retryAfter);
                List<PairingRequest> found = await transaction.ListAsync(
                    new Sql(
                        """
                        SELECT gateway_id, serial, model, software_version, hardware_version, remote_address, created_at, expires_at
                        FROM pairing_request WHERE user_code = $1 AND is_approved IS NULL AND expires_at > $2 FOR UPDATE
                        """,
                        attempt.UserCode, now),
                    ReadRequest,
                    cancellationToken);
                if (found.Count == 1) return await act(transaction, found[0], now);
                await PairingTries.AddFailureAsync(transaction, attempt, now, cancellationToken);
                return PairingAnswer.UnknownCode.Instance;
            },
            cancellationToken);

    /// <returns>When the oldest of too many ends; null while there is room.</returns>
    private static async Task<DateTimeOffset?> FreeAtAsync(DatabaseSession transaction, NewPairing pairing, CancellationToken cancellationToken)
    {
        // A count of a bounded table: at most as many rows as there may be.
        List<DateTimeOffset?> full = await transaction.ListAsync(
            new Sql(
                """
                SELECT min(expires_at) FROM pairing_request WHERE remote_network = $1 HAVING count(*) >= $2
                UNION ALL SELECT min(expires_at) FROM pairing_request HAVING count(*) >= $3
                """,
                pairing.RemoteNetwork, pairing.Bounds.PerNetworkMax, pairing.Bounds.Max),
            reader => (DateTimeOffset?)reader.GetFieldValue<DateTimeOffset>(0),
            cancellationToken);
        return full.Max();
    }

    private static Sql DeleteOld(DateTimeOffset now) => new("DELETE FROM pairing_request WHERE expires_at <= $1", now - Retention);

    private static Task<int> DecideAsync(DatabaseSession transaction, PairingTry attempt, bool isApproved, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            new Sql("UPDATE pairing_request SET is_approved = $2 WHERE user_code = $1", attempt.UserCode, isApproved), cancellationToken);

    private static NewAuditEntry Denied(PairingTry attempt, PairingRequest request, AuditDoer doer, string reason) => new(
        attempt.Organization, doer, AuditActions.GatewayPairingDenied, new AuditSubject(AuditSubject.Gateway, request.Introduction.Gateway.Value),
        New: AuditValues.Of(new { reason, serial = request.Introduction.Serial, remote_address = request.RemoteAddress }));

    private static PairingState ReadState(NpgsqlDataReader reader) => new(
        reader.GetFieldValue<DateTimeOffset>(1),
        reader.IsDBNull(2) ? null : reader.GetBoolean(2),
        TimeSpan.FromSeconds(reader.GetInt32(3)),
        reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4));

    private static PairingRequest ReadRequest(NpgsqlDataReader reader) => new(
        new GatewayIntroduction(new GatewayId(reader.GetGuid(0)), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetString(4)),
        reader.GetString(5), reader.GetFieldValue<DateTimeOffset>(6), reader.GetFieldValue<DateTimeOffset>(7), Known: null);
}

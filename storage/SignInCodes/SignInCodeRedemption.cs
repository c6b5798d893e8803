using System.Security.Cryptography;
using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Storage.SignInCodes;

/// <summary>The use of a sign-in code: once, and with few tries, however many come at once.</summary>
/// <remarks>
/// A try is checked and counted in one transaction that holds the user's row. So does whoever changes a password, disables somebody or ends all sessions
/// of a user: a session is either there to be ended, or is not begun any more. A right code and a wrong one, and one that nobody was given, each cost
/// reads by an index and one commit with something in it.
/// </remarks>
public sealed class SignInCodeRedemption(StepCloudDatabase database, TimeProvider clock)
{
    /// <param name="roles">Of which the code's user must have one still.</param>
    public Task<RedeemSignInCodeOutcome> RedeemAsync(EnteredSignInCode entered, IReadOnlyCollection<string> roles, CancellationToken cancellationToken) =>
        database.InTransactionAsync<RedeemSignInCodeOutcome>(
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                if (await SignInCodeMisses.RetryAfterAsync(transaction, entered.Network, now, cancellationToken) is { } wait) return new RedeemSignInCodeOutcome.Delayed(wait);
                if (await LockAsync(transaction, entered.Selector, now, cancellationToken) is not { } code)
                {
                    await SignInCodeMisses.AddAsync(transaction, entered.Network, now, cancellationToken);
                    return RedeemSignInCodeOutcome.Refused.Instance;
                }

                if (!CryptographicOperations.FixedTimeEquals(code.Hash, entered.Hash)) return await CountAsync(transaction, code, entered.Origin, now, cancellationToken);
                await transaction.ExecuteAsync(new Sql("DELETE FROM sign_in_code WHERE id = $1", code.Id.Value), cancellationToken);
                if (code.IsCaseThere && code.Roles.Any(roles.Contains) && await BeginAsync(transaction, code, entered, now, cancellationToken) is { } grant)
                    return new RedeemSignInCodeOutcome.Begun(grant);
                // Somebody had all of a code whose right is gone: the audit must not lose that.
                await AuditTrail.AppendAsync(
                    transaction, now, SignInCodeEntries.Withdrawn(code.Organization, AuditDoer.Nobody(entered.Origin), code.Id, code.Case, SignInCodeEnds.RightGone), cancellationToken);
                return RedeemSignInCodeOutcome.Refused.Instance;
            },
            cancellationToken);

    /// <summary>Holds the living code with that selector, and its user and case before it.</summary>
    private static async Task<LockedCode?> LockAsync(DatabaseSession transaction, string selector, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // None of these ever changes.
        List<(Guid Id, Guid User, OrganizationId Organization, CaseId Case)> seen = await transaction.ListAsync(
            new Sql("SELECT id, user_id, organization_id, case_id FROM sign_in_code WHERE selector = $1 AND expires_at > $2", selector, now),
            row => (row.GetGuid(0), row.GetGuid(1), new OrganizationId(row.GetGuid(2)), new CaseId(row.GetGuid(3))), cancellationToken);
        if (seen is not [var one]) return null;
        MemberRow? user = await MemberRow.LockAsync(transaction, one.Organization, new UserId(one.User), cancellationToken);
        bool isCaseThere = await SignInCodeStore.HoldCaseAsync(transaction, one.Organization, one.Case, cancellationToken) == true;
        return await transaction.FirstAsync(
            new Sql("SELECT hash, wrong_tries, session_id FROM sign_in_code WHERE id = $1 FOR UPDATE", one.Id),
            row => new LockedCode(
                new SignInCodeId(one.Id), one.Organization, new UserId(one.User), user?.Roles ?? [], one.Case, isCaseThere, row.GetFieldValue<byte[]>(0), row.GetInt16(1),
                new SessionId(row.GetGuid(2))),
            cancellationToken);
    }

    private static async Task<RedeemSignInCodeOutcome> CountAsync(
        DatabaseSession transaction, LockedCode code, SessionOrigin origin, DateTimeOffset now, CancellationToken cancellationToken)
    {
        int tries = code.WrongTries + 1;
        if (tries < SignInCodeLimits.WrongTriesMax)
        {
            await transaction.ExecuteAsync(new Sql("UPDATE sign_in_code SET wrong_tries = $2 WHERE id = $1", code.Id.Value, (short)tries), cancellationToken);
            return RedeemSignInCodeOutcome.Refused.Instance;
        }

        await transaction.ExecuteAsync(new Sql("DELETE FROM sign_in_code WHERE id = $1", code.Id.Value), cancellationToken);
        await AuditTrail.AppendAsync(
            transaction, now,
            SignInCodeEntries.Of(code.Organization, AuditDoer.Nobody(origin), AuditActions.SignInCodeDestroyed, code.Id, new { Case = code.Case.Value, wrong_tries = tries }),
            cancellationToken);
        return RedeemSignInCodeOutcome.Refused.Instance;
    }

    /// <returns>Null when the session that asked for the code is over, or the access key behind that.</returns>
    private async Task<UploadGrant?> BeginAsync(
        DatabaseSession transaction, LockedCode code, EnteredSignInCode entered, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Asker? asker = await transaction.FirstAsync(
            new Sql(
                """
                SELECT s.access_key_id, k.expires_at FROM session AS s LEFT JOIN access_key AS k ON k.id = s.access_key_id
                WHERE s.id = $1 AND session_is_open(s.id, $2)
                """,
                code.Session.Value, now),
            Asker.Read, cancellationToken);
        if (asker is null || (asker.Key is { } key && !await AccessKeyRows.UseAsync(transaction, key, now, cancellationToken))) return null;

        DateTimeOffset endsAt = now + SignInCodeLimits.SessionLifetime;
        UploadGrant grant = new(SessionId.New(clock), code.User, code.Organization, code.Case, asker.KeyExpiresAt < endsAt ? asker.KeyExpiresAt.Value : endsAt);
        await transaction.ExecuteAsync(
            new Sql(
                """
                INSERT INTO session (id, holder_kind, holder_id, created_at, ends_at, last_used_at, remote_address, agent, started_by, access_key_id, case_id, device_id, device_name)
                VALUES ($1, $2, $3, $4, $5, $4, $6, $7, $8, $9, $10, $11, $12)
                """,
                grant.Session.Value, (short)HolderKind.User, code.User.Value, now, grant.EndsAt, entered.Origin.RemoteAddress, entered.Origin.Agent, SessionStarts.SignInCode,
                asker.Key?.Value, code.Case.Value, entered.DeviceId, entered.DeviceName),
            cancellationToken);
        AuditDoer doer = AuditDoer.User(code.User, code.Organization, entered.Origin);
        await AuditTrail.AppendAsync(
            transaction, now,
            [
                SignInCodeEntries.Of(
                    code.Organization, doer, AuditActions.SignInCodeRedeemed, code.Id,
                    new { Case = code.Case.Value, session = grant.Session.Value, device_id = entered.DeviceId }),
                SessionEntries.StartedByCode(doer, grant, entered.DeviceId),
            ],
            cancellationToken);
        return grant;
    }

    private sealed record LockedCode(
        SignInCodeId Id, OrganizationId Organization, UserId User, IReadOnlyList<string> Roles, CaseId Case, bool IsCaseThere, byte[] Hash, int WrongTries, SessionId Session);

    private sealed record Asker(AccessKeyId? Key, DateTimeOffset? KeyExpiresAt)
    {
        public static Asker Read(NpgsqlDataReader row) => new(
            row.IsDBNull(0) ? null : new AccessKeyId(row.GetGuid(0)), row.IsDBNull(1) ? null : row.GetFieldValue<DateTimeOffset>(1));
    }
}

using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Storage.SignInCodes;

/// <summary>Sign-in codes for a shared tablet: made by a user for one case. <see cref="SignInCodeRedemption"/> is their use.</summary>
/// <remarks>Whoever holds several rows takes them in this order: the user, the case, the code, the session.</remarks>
public sealed class SignInCodeStore(StepCloudDatabase database, TimeProvider clock)
{
    private const int DrawsMax = 20;

    /// <summary>Makes a code, in the place of the one that the user has for the same case.</summary>
    public Task<SignInCodeAddition> AddAsync(NewSignInCode code, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync<SignInCodeAddition>(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow(), expiresAt = now + SignInCodeLimits.CodeLifetime;
            // One at a time, or two would each find the last place free.
            await MemberRow.LockAsync(transaction, code.Organization, code.User, cancellationToken);
            switch (await HoldCaseAsync(transaction, code.Organization, code.Case, cancellationToken))
            {
                case null: return SignInCodeAddition.UnknownCase.Instance;
                case false: return SignInCodeAddition.CaseErased.Instance;
            }

            long others = await transaction.ScalarAsync<long>(
                new Sql(
                    "SELECT count(*) FROM sign_in_code WHERE user_id = $1 AND case_id <> $2 AND expires_at > $3 AND session_is_open(session_id, $3)",
                    code.User.Value, code.Case.Value, now),
                cancellationToken);
            if (others >= SignInCodeLimits.CodesOfUserMax) return SignInCodeAddition.TooMany.Instance;

            List<(SignInCodeId Id, bool IsLiving)> replaced = await transaction.ListAsync(
                new Sql("DELETE FROM sign_in_code WHERE user_id = $1 AND case_id = $2 RETURNING id, expires_at > $3", code.User.Value, code.Case.Value, now),
                row => (new SignInCodeId(row.GetGuid(0)), row.GetBoolean(1)), cancellationToken);
            bool isAdded = await InsertAsync(transaction, code, now, expiresAt, cancellationToken);
            List<NewAuditEntry> entries =
                [.. replaced.Where(old => old.IsLiving).Select(old => SignInCodeEntries.Withdrawn(code.Organization, doer, old.Id, code.Case, SignInCodeEnds.Replaced))];
            if (isAdded)
                entries.Add(SignInCodeEntries.Of(code.Organization, doer, AuditActions.SignInCodeCreated, code.Id, new { Case = code.Case.Value, expires_at = expiresAt }));
            await AuditTrail.AppendAsync(transaction, now, entries, cancellationToken);
            return isAdded ? new SignInCodeAddition.Added(expiresAt) : SignInCodeAddition.NoneFree.Instance;
        },
        cancellationToken);

    /// <summary>A user's living codes, the newest first.</summary>
    public Task<List<SignInCodeRow>> ListAsync(UserId user, CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            """
            SELECT id, case_id, created_at, expires_at, wrong_tries FROM sign_in_code
            WHERE user_id = $1 AND expires_at > $2 AND session_is_open(session_id, $2) ORDER BY id DESC
            """,
            user.Value, clock.GetUtcNow()),
        SignInCodeRow.Read, cancellationToken);

    /// <summary>Takes a code of the user out of use.</summary>
    /// <returns>False when the user has no such living code.</returns>
    public Task<bool> WithdrawAsync(OrganizationId organization, UserId user, SignInCodeId id, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            List<CaseId> withdrawn = await transaction.ListAsync(
                new Sql("DELETE FROM sign_in_code WHERE id = $1 AND user_id = $2 AND expires_at > $3 RETURNING case_id", id.Value, user.Value, now),
                row => new CaseId(row.GetGuid(0)), cancellationToken);
            if (withdrawn is not [var of]) return false;
            await AuditTrail.AppendAsync(transaction, now, SignInCodeEntries.Withdrawn(organization, doer, id, of, SignInCodeEnds.ByUser), cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>Forgets codes and misses whose time is over.</summary>
    public Task SweepAsync(CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            await transaction.ExecuteAsync(new Sql("DELETE FROM sign_in_code WHERE expires_at <= $1", now), cancellationToken);
            await SignInCodeMisses.DeleteOldAsync(transaction, now, cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>Holds a case against its erasure.</summary>
    /// <param name="organization">Whose it must be.</param>
    /// <returns>Null when there is none; false when it is erased.</returns>
    internal static async Task<bool?> HoldCaseAsync(DatabaseSession transaction, OrganizationId organization, CaseId of, CancellationToken cancellationToken)
    {
        List<bool> found = await transaction.ListAsync(
            new Sql("SELECT erased_at IS NULL FROM case_file WHERE id = $1 AND organization_id = $2 FOR SHARE", of.Value, organization.Value), row => row.GetBoolean(0), cancellationToken);
        return found is [var isThere] ? isThere : null;
    }

    /// <summary>Takes the codes of a case that is erased out of use, and ends what was begun with others before.</summary>
    /// <returns>The entries that say so, to be appended at the end of the transaction.</returns>
    internal static async Task<List<NewAuditEntry>> CloseCaseAsync(
        DatabaseSession transaction, OrganizationId organization, CaseId of, AuditDoer doer, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<SignInCodeId> codes = await transaction.ListAsync(
            new Sql("DELETE FROM sign_in_code WHERE case_id = $1 RETURNING id", of.Value), row => new SignInCodeId(row.GetGuid(0)), cancellationToken);
        List<(SessionId Id, Guid Holder)> sessions = await transaction.ListAsync(
            new Sql(
                "UPDATE session SET ended_at = $2, end_reason = $3 WHERE case_id = $1 AND ended_at IS NULL AND ends_at > $2 RETURNING id, holder_id",
                of.Value, now, Actors.Ports.SessionEnds.CaseErased),
            row => (new SessionId(row.GetGuid(0)), row.GetGuid(1)), cancellationToken);
        return
        [
            .. codes.Select(code => SignInCodeEntries.Withdrawn(organization, doer, code, of, SignInCodeEnds.CaseErased)),
            .. sessions.Select(session => SessionEntries.Ended(organization, doer, session.Id, HolderKind.User, session.Holder, Actors.Ports.SessionEnds.CaseErased)),
        ];
    }

    /// <returns>False when every code that was drawn begins as one that lives.</returns>
    private static async Task<bool> InsertAsync(
        DatabaseSession transaction, NewSignInCode code, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        for (int draw = 0; draw < DrawsMax; draw++)
        {
            (string selector, byte[] hash) = code.Draw();
            await transaction.ExecuteAsync(new Sql("DELETE FROM sign_in_code WHERE selector = $1 AND expires_at <= $2", selector, now), cancellationToken);
            int added = await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO sign_in_code (id, selector, hash, organization_id, user_id, session_id, case_id, created_at, expires_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (selector) DO NOTHING
                    """,
                    code.Id.Value, selector, hash, code.Organization.Value, code.User.Value, code.Session.Value, code.Case.Value, now, expiresAt),
                cancellationToken);
            if (added == 1) return true;
        }

        return false;
    }
}

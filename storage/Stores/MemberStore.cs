using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Registry;
using StepCloud.Storage.Registry;

namespace StepCloud.Storage;

public sealed class MemberStore(StepCloudDatabase database, TimeProvider clock) : IMembers
{
    public Task<MemberChange> AddAsync(NewMember member, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            if (member.Role == Roles.Owner) return MemberChange.NoPassword;
            DateTimeOffset now = clock.GetUtcNow();
            await MemberRow.TakeTurnAsync(transaction, member.Organization, cancellationToken);
            if (!await MemberRow.MayChangeAsync(transaction, doer, cancellationToken)) return MemberChange.NotAllowed;
            long members = await transaction.ScalarAsync<long>(
                new Sql("SELECT count(*) FROM app_user WHERE organization_id = $1", member.Organization.Value), cancellationToken);
            if (members >= NewMember.MembersMax) return MemberChange.TooMany;
            await transaction.ExecuteAsync(
                new Sql(
                    "INSERT INTO app_user (id, organization_id, name, roles, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)",
                    member.Id.Value, member.Organization.Value, member.Name, new[] { member.Role }, now),
                cancellationToken);
            await Quotas.RequireAsync(transaction, member.Organization, QuotaKind.Users, now, cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, now,
                UserChanges.Entry(
                    new LockedUser(member.Id, member.Organization), doer, AuditActions.UserCreated,
                    @new: AuditValues.Of(new { member.Name, roles = new[] { member.Role } })),
                cancellationToken);
            return MemberChange.Done;
        },
        cancellationToken);

    public Task<MemberChange> ChangeAsync(
        OrganizationId organization, UserId user, string? name, string? role, AuditDoer doer, CancellationToken cancellationToken) => ChangeAsync(
        organization, user, doer,
        async (transaction, member, now) =>
        {
            Dictionary<string, object> old = [], @new = [];
            if (name is not null && name != member.Name) (old["name"], @new["name"]) = (member.Name, name);
            bool isRole = role is not null && !member.Roles.SequenceEqual([role]);
            if (isRole) (old["roles"], @new["roles"]) = (member.Roles, new[] { role! });
            if (@new.Count == 0) return new Made(MemberChange.Done);
            if (isRole && role == Roles.Owner && !member.HasPassword) return new Made(MemberChange.NoPassword);
            if (isRole && await IsLastAsync(transaction, member, Roles.Owner, cancellationToken)) return new Made(MemberChange.LastOwner);

            await transaction.ExecuteAsync(
                new Sql(
                    "UPDATE app_user SET name = coalesce($2, name), roles = coalesce($3, roles), updated_at = $4 WHERE id = $1",
                    user.Value, name, isRole ? new[] { role! } : null, now),
                cancellationToken);
            NewAuditEntry entry = UserChanges.Entry(
                new LockedUser(user, organization), doer, AuditActions.UserChanged, AuditValues.Of(old), AuditValues.Of(@new));
            return isRole && role == Roles.Owner
                ? new Made(
                    MemberChange.Done,
                    [entry, .. await AccessKeyRows.DisableAsync(transaction, organization, user, key: null, doer, now, cancellationToken)])
                : new Made(MemberChange.Done, entry);
        },
        cancellationToken);

    public Task<MemberChange> DisableAsync(
        OrganizationId? organization, UserId user, AuditDoer doer, CancellationToken cancellationToken) => ChangeAsync(
        organization, user, doer,
        async (transaction, member, now) =>
        {
            if (member.DisabledAt is not null) return new Made(MemberChange.Done);
            if (organization is not null && await IsLastAsync(transaction, member, Roles.Owner, cancellationToken)) return new Made(MemberChange.LastOwner);
            if (await IsLastAsync(transaction, member, Roles.Administrator, cancellationToken)) return new Made(MemberChange.LastAdministrator);

            await transaction.ExecuteAsync(
                new Sql("UPDATE app_user SET disabled_at = $2, updated_at = $2 WHERE id = $1", user.Value, now), cancellationToken);
            LockedUser locked = new(user, member.Organization);
            NewAuditEntry entry = UserChanges.Entry(
                locked, doer, AuditActions.UserDisabled, AuditValues.Of(new { disabled_at = (DateTimeOffset?)null }), AuditValues.Of(new { disabled_at = now }));
            return new Made(
                MemberChange.Done,
                [entry, .. await UserChanges.EndSessionsAsync(transaction, locked, keep: null, SessionEnds.UserDisabled, doer, now, cancellationToken)]);
        },
        cancellationToken);

    public Task<MemberChange> EnableAsync(
        OrganizationId? organization, UserId user, AuditDoer doer, CancellationToken cancellationToken) => ChangeAsync(
        organization, user, doer,
        async (transaction, member, now) =>
        {
            if (member.DisabledAt is not { } disabledAt) return new Made(MemberChange.Done);
            await transaction.ExecuteAsync(
                new Sql("UPDATE app_user SET disabled_at = NULL, updated_at = $2 WHERE id = $1", user.Value, now), cancellationToken);
            if (member.Organization is { } of) await Quotas.RequireAsync(transaction, of, QuotaKind.Users, now, cancellationToken);
            return new Made(
                MemberChange.Done,
                UserChanges.Entry(
                    new LockedUser(user, member.Organization), doer, AuditActions.UserEnabled,
                    AuditValues.Of(new { disabled_at = disabledAt }), AuditValues.Of(new { disabled_at = (DateTimeOffset?)null })));
        },
        cancellationToken);

    /// <summary>Finds and holds the user, has him changed, and writes the entries.</summary>
    private Task<MemberChange> ChangeAsync(
        OrganizationId? organization, UserId user, AuditDoer doer, Func<DatabaseSession, MemberRow, DateTimeOffset, Task<Made>> change,
        CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            await MemberRow.TakeTurnAsync(transaction, organization, cancellationToken);
            MemberRow? member = await MemberRow.LockAsync(transaction, organization, user, cancellationToken);
            if (member is null) return MemberChange.UnknownMember;
            if (!await MemberRow.MayChangeAsync(transaction, doer, cancellationToken)) return MemberChange.NotAllowed;
            DateTimeOffset now = clock.GetUtcNow();
            Made made = await change(transaction, member, now);
            await AuditTrail.AppendAsync(transaction, now, made.Entries, cancellationToken);
            return made.Outcome;
        },
        cancellationToken);

    private static async Task<bool> IsLastAsync(DatabaseSession transaction, MemberRow member, string role, CancellationToken cancellationToken) =>
        member.DisabledAt is null && member.Roles.Contains(role) && !await member.HasPeerAsync(transaction, role, cancellationToken);

    /// <summary>What became of a change, and the entries that tell it.</summary>
    private sealed record Made(MemberChange Outcome, params IReadOnlyList<NewAuditEntry> Entries);
}

using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Registry;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage.Alarms;
using StepCloud.Storage.Registry;

namespace StepCloud.Storage;

public sealed class Invitations(StepCloudDatabase database, TimeProvider clock) : IInvitations
{
    private const string Open = "i.accepted_at IS NULL AND i.withdrawn_at IS NULL AND i.expires_at > $2";

    private const string Columns =
        """
        SELECT i.id, i.organization_id, o.name, i.email, i.role, i.created_at, i.expires_at
        FROM invitation AS i JOIN organization AS o ON o.id = i.organization_id
        """;

    public Task<InvitationAddition> AddAsync(
        NewInvitation invitation, NewMail mail, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            // The organization's row makes those who invite at once take turns.
            await transaction.ExecuteAsync(
                new Sql("SELECT FROM organization WHERE id = $1 FOR NO KEY UPDATE", invitation.Organization.Value), cancellationToken);
            bool isMember = await transaction.ScalarAsync<bool>(
                new Sql(
                    "SELECT EXISTS (SELECT FROM app_user WHERE organization_id = $1 AND lower(email) = lower($2))",
                    invitation.Organization.Value, invitation.Email),
                cancellationToken);
            if (isMember) return InvitationAddition.AlreadyMember;

            List<Guid> replaced = await transaction.ListAsync(
                new Sql(
                    $"""
                     UPDATE invitation AS i SET withdrawn_at = $2
                     WHERE i.organization_id = $1 AND lower(i.email) = lower($3) AND {Open} RETURNING i.id
                     """,
                    invitation.Organization.Value, now, invitation.Email),
                reader => reader.GetGuid(0), cancellationToken);
            long open = await transaction.ScalarAsync<long>(
                new Sql($"SELECT count(*) FROM invitation AS i WHERE i.organization_id = $1 AND {Open}", invitation.Organization.Value, now),
                cancellationToken);
            if (open >= NewInvitation.OpenMax) return InvitationAddition.TooMany;

            await transaction.ExecuteAsync(Insert(invitation, now), cancellationToken);
            await transaction.ExecuteAsync(OutgoingMailStore.Insert(mail, now), cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, now,
                [.. replaced.Select(id => Entry(invitation.Organization, doer, AuditActions.InvitationWithdrawn, id)), Created(invitation, doer)],
                cancellationToken);
            return InvitationAddition.Added;
        },
        cancellationToken);

    public Task AddOrganizationAsync(
        NewOrganizationByInvitation organization, NewInvitation owner, NewMail mail, AuditDoer doer, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            doer,
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                await transaction.ExecuteAsync(
                    new Sql("INSERT INTO organization (id, name, created_at, updated_at) VALUES ($1, $2, $3, $3)", organization.Id.Value, organization.Name, now),
                    cancellationToken);
                await transaction.ExecuteAsync(
                    new Sql(
                        "INSERT INTO site (id, organization_id, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
                        organization.Site.Value, organization.Id.Value, organization.SiteName, now),
                    cancellationToken);
                await transaction.ExecuteAsync(Insert(owner, now), cancellationToken);
                await transaction.ExecuteAsync(OutgoingMailStore.Insert(mail, now), cancellationToken);
                List<NewAuditEntry> entries =
                [
                    new(
                        organization.Id, doer, AuditActions.OrganizationCreated, new AuditSubject(AuditSubject.Organization, organization.Id.Value),
                        New: AuditValues.Of(new { organization.Name })),
                    new(
                        organization.Id, doer, AuditActions.SiteCreated, new AuditSubject(AuditSubject.Site, organization.Site.Value),
                        New: AuditValues.Of(new { name = organization.SiteName })),
                    Created(owner, doer),
                ];
                await FirstAlarms.AddRuleAsync(transaction, organization.Id, doer, now, entries, cancellationToken);
                await AuditTrail.AppendAsync(transaction, now, entries, cancellationToken);
                return true;
            },
            cancellationToken);

    public async Task<IReadOnlyList<InvitationRecord>> ListAsync(OrganizationId organization, CancellationToken cancellationToken) => await database.ListAsync(
        new Sql($"{Columns} WHERE i.organization_id = $1 AND {Open} ORDER BY i.id DESC", organization.Value, clock.GetUtcNow()), Read, cancellationToken);

    public Task<bool> WithdrawAsync(
        OrganizationId organization, Guid invitation, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            int withdrawn = await transaction.ExecuteAsync(
                new Sql(
                    $"UPDATE invitation AS i SET withdrawn_at = $2 WHERE i.id = $3 AND i.organization_id = $1 AND {Open}",
                    organization.Value, now, invitation),
                cancellationToken);
            if (withdrawn == 0) return false;
            await AuditTrail.AppendAsync(transaction, now, Entry(organization, doer, AuditActions.InvitationWithdrawn, invitation), cancellationToken);
            return true;
        },
        cancellationToken);

    public Task<InvitationRecord?> FindAsync(byte[] hash, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql($"{Columns} WHERE i.hash = $1 AND {Open}", hash, clock.GetUtcNow()), Read, cancellationToken);

    public Task<InvitationAcceptance> AcceptAsync(
        byte[] hash, InvitedUser user, SessionOrigin origin, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            // Whoever comes second waits here, and finds that it is not open any more.
            InvitationRecord? invitation = await transaction.FirstAsync(
                new Sql($"{Columns} WHERE i.hash = $1 AND {Open} AND o.archived_at IS NULL FOR NO KEY UPDATE OF i", hash, now), Read, cancellationToken);
            if (invitation is null) return InvitationAcceptance.NotOpen;
            AuditDoer doer = AuditDoer.User(user.Id, invitation.Organization, origin);
            await transaction.ActForAsync(doer, cancellationToken);
            int made = await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO app_user (id, organization_id, email, name, password_hash, roles, created_at, updated_at, email_verified_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7) ON CONFLICT (lower(email)) DO NOTHING
                    """,
                    user.Id.Value, invitation.Organization.Value, invitation.Email, user.Name, user.PasswordHash, new[] { invitation.Role }, now),
                cancellationToken);
            if (made == 0) return InvitationAcceptance.EmailTaken;
            await Quotas.RequireAsync(transaction, invitation.Organization, QuotaKind.Users, now, cancellationToken);
            await transaction.ExecuteAsync(
                new Sql("UPDATE invitation SET accepted_at = $2, user_id = $3 WHERE id = $1", invitation.Id, now, user.Id.Value), cancellationToken);
            List<NewAuditEntry> entries =
            [
                new(
                    invitation.Organization, doer, AuditActions.UserCreated, new AuditSubject(AuditSubject.User, user.Id.Value),
                    New: AuditValues.Of(new { invitation.Email, user.Name, roles = new[] { invitation.Role } })),
                Entry(invitation.Organization, doer, AuditActions.InvitationAccepted, invitation.Id),
            ];
            if (invitation.Role == Roles.Owner) await FirstAlarms.AddChannelAsync(transaction, invitation.Organization, user.Id, doer, now, entries, cancellationToken);
            await AuditTrail.AppendAsync(transaction, now, entries, cancellationToken);
            return InvitationAcceptance.Accepted;
        },
        cancellationToken);

    private static Sql Insert(NewInvitation invitation, DateTimeOffset now) => new(
        """
        INSERT INTO invitation (id, hash, organization_id, email, role, invited_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        invitation.Id, invitation.Hash, invitation.Organization.Value, invitation.Email, invitation.Role, invitation.InvitedBy?.Value, now, invitation.ExpiresAt);

    private static NewAuditEntry Created(NewInvitation invitation, AuditDoer doer) => Entry(
        invitation.Organization, doer, AuditActions.InvitationCreated, invitation.Id, AuditValues.Of(new { invitation.Email, invitation.Role }));

    private static NewAuditEntry Entry(OrganizationId organization, AuditDoer doer, string action, Guid invitation, string? @new = null) =>
        new(organization, doer, action, new AuditSubject(AuditSubject.Invitation, invitation), New: @new);

    private static InvitationRecord Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        new OrganizationId(reader.GetGuid(1)),
        reader.GetString(2),
        reader.GetString(3),
        reader.GetString(4),
        reader.GetFieldValue<DateTimeOffset>(5),
        reader.GetFieldValue<DateTimeOffset>(6));
}

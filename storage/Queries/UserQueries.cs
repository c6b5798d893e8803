using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>Users as others see them: members of one organization, or everybody for whoever runs the installation.</summary>
public sealed class UserQueries(StepCloudDatabase database)
{
    private const string Select =
        """
        SELECT u.id, u.organization_id, o.name, u.name, u.email, u.roles, u.created_at, u.disabled_at, u.email_verified_at IS NOT NULL,
               EXISTS (SELECT FROM second_factor AS f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL)
        FROM app_user AS u LEFT JOIN organization AS o ON o.id = u.organization_id
        """;

    /// <summary>A page of users by their ids, after <paramref name="after"/>; disabled ones too.</summary>
    /// <param name="organization">Null for all, and for the administrators of the installation.</param>
    /// <param name="email">A part of the address, in any case; null for any and none.</param>
    public async Task<IReadOnlyList<UserRow>> ListAsync(
        OrganizationId? organization, string? email, UserId? after, int countMax, CancellationToken cancellationToken)
    {
        if (email is not null && !StorableText.Is(email)) return [];
        return await database.ListAsync(
            new Sql(
                $"""
                 {Select} WHERE u.id > $1 AND ($2::uuid IS NULL OR u.organization_id = $2) AND ($3::text IS NULL OR strpos(lower(u.email), lower($3)) > 0)
                 ORDER BY u.id LIMIT $4
                 """,
                after?.Value ?? Guid.Empty, organization?.Value, email, countMax),
            Read, cancellationToken);
    }

    /// <param name="organization">Whose member he must be; null for whoever.</param>
    public Task<UserRow?> FindAsync(OrganizationId? organization, UserId user, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql($"{Select} WHERE u.id = $1 AND ($2::uuid IS NULL OR u.organization_id = $2)", user.Value, organization?.Value), Read, cancellationToken);

    /// <summary>Who has that address, disabled or not, in any case.</summary>
    public Task<UserRow?> FindByEmailAsync(string email, CancellationToken cancellationToken) => StorableText.Is(email)
        ? database.FirstAsync(new Sql($"{Select} WHERE lower(u.email) = lower($1)", email.Trim()), Read, cancellationToken)
        : Task.FromResult<UserRow?>(null);

    private static UserRow Read(NpgsqlDataReader reader) => new(
        new UserId(reader.GetGuid(0)), reader.IsDBNull(1) ? null : new OrganizationId(reader.GetGuid(1)), reader.IsDBNull(2) ? null : reader.GetString(2),
        reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetString(4), reader.GetFieldValue<string[]>(5),
        reader.GetFieldValue<DateTimeOffset>(6), reader.IsDBNull(7) ? null : reader.GetFieldValue<DateTimeOffset>(7), reader.GetBoolean(8),
        reader.GetBoolean(9));
}

/// <param name="Organization">Null, as its name is, for an administrator of the installation.</param>
/// <param name="Email">Null for somebody who comes in with access keys alone.</param>
/// <param name="DisabledAt">Since when he may not come in.</param>
/// <param name="SecondFactor">Whether a sign-in needs a code.</param>
public sealed record UserRow(
    UserId Id, OrganizationId? Organization, string? OrganizationName, string Name, string? Email, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt,
    DateTimeOffset? DisabledAt, bool EmailVerified, bool SecondFactor);

using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

public interface IUserRegistry
{
    /// <summary>The user, unless disabled.</summary>
    Task<UserRecord?> FindAsync(UserId user, CancellationToken cancellationToken);

    /// <param name="email">Compared without regard to case.</param>
    Task<UserId?> FindByEmailAsync(string email, CancellationToken cancellationToken);

    /// <summary>Replaces the hash, if it is still <paramref name="oldHash"/>: for a rehash at a higher cost.</summary>
    Task<bool> ReplacePasswordHashAsync(UserId user, string oldHash, string newHash, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Gives the user another password, if the hash is still <paramref name="oldHash"/>, and ends his other sessions in the same transaction.</summary>
    /// <param name="keep">The session that goes on.</param>
    /// <returns>False when the hash was another one already; nothing was written.</returns>
    Task<bool> ChangePasswordAsync(
        UserId user, string oldHash, string newHash, SessionId keep, AuditDoer doer, CancellationToken cancellationToken);
}

/// <param name="Organization">Null for an administrator of the installation.</param>
/// <param name="Email">Null, as the password's hash is, for somebody who comes in with access keys alone.</param>
/// <param name="PasswordHash">In the PHC string format of libsodium.</param>
public sealed record UserRecord(UserId Id, OrganizationId? Organization, string? Email, string Name, string? PasswordHash, IReadOnlyList<string> Roles);

/// <summary>The roles a user can have. In an organization, or of the installation.</summary>
public static class Roles
{
    public const string Administrator = "administrator";
    public const string Owner = "owner";
    public const string Technician = "technician";
    public const string Viewer = "viewer";
    public const string Auditor = "auditor";

    /// <summary>Those that a member of an organization can have.</summary>
    public static readonly IReadOnlyList<string> OfOrganization = [Owner, Technician, Viewer, Auditor];
}

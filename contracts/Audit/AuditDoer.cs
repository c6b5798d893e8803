using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Contracts.Audit;

public enum AuditDoerKind : byte
{
    /// <summary>Somebody who has not shown who he is: a wrong password, a refresh token that may be stolen.</summary>
    Anonymous,
    User,
    Gateway,

    /// <summary>Of the installation.</summary>
    Administrator,

    /// <summary>StepCloud itself, or whoever runs its commands on the machine.</summary>
    System,
}

/// <summary>Who did it, and from where.</summary>
/// <param name="Id">The user's or the gateway's; null for the system and for nobody known.</param>
public sealed record AuditDoer(AuditDoerKind Kind, Guid? Id, SessionOrigin Origin)
{
    /// <param name="agent">Which part, or which command: `server`, `stepcloud audit export`.</param>
    public static AuditDoer System(string agent) => new(AuditDoerKind.System, null, new SessionOrigin("", agent));

    public static AuditDoer Nobody(SessionOrigin origin) => new(AuditDoerKind.Anonymous, null, origin);

    public static AuditDoer Gateway(GatewayId gateway, SessionOrigin origin) => new(AuditDoerKind.Gateway, gateway.Value, origin);

    /// <param name="organization">Null for an administrator of the installation.</param>
    public static AuditDoer User(UserId user, OrganizationId? organization, SessionOrigin origin) =>
        new(organization is null ? AuditDoerKind.Administrator : AuditDoerKind.User, user.Value, origin);
}

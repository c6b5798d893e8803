using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

public interface IGatewayRegistry
{
    Task<GatewayRecord?> FindAsync(GatewayId gateway, CancellationToken cancellationToken);

    /// <summary>Creates the gateway on a site of that organization, in one transaction.</summary>
    Task<GatewayCreation> CreateAsync(NewGateway gateway, AuditDoer doer, CancellationToken cancellationToken);
}

/// <param name="Revoked">It may not connect, send or refresh.</param>
public sealed record GatewayRecord(GatewayId Id, OrganizationId Organization, SiteId Site, string Name, bool Revoked);

public sealed record NewGateway(GatewayId Id, OrganizationId Organization, SiteId Site, string Name, string? Serial);

public enum GatewayCreation
{
    Created,
    UnknownSite,
    IdTaken,
}

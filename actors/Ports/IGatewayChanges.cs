using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Actors.Ports;

/// <summary>Changes of a gateway that exists, each with its entry in the audit in one transaction.</summary>
public interface IGatewayChanges
{
    /// <summary>Puts the gateway on a site of its organization.</summary>
    /// <returns>As it stands then; null when its organization has no such site.</returns>
    Task<GatewayRecord?> TransferAsync(GatewayId gateway, SiteId site, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Revokes the gateway: its sessions end, and neither a secret nor a confirmed pairing that is under way counts any more.</summary>
    Task UnpairAsync(GatewayId gateway, AuditDoer doer, CancellationToken cancellationToken);
}

/// <summary>Provisioning secrets, as their hashes.</summary>
public interface IProvisioningStore
{
    /// <summary>Stores the secret's hash; an earlier one of that gateway counts no more.</summary>
    /// <param name="secretHash">SHA-256.</param>
    Task ReplaceAsync(GatewayId gateway, byte[] secretHash, DateTimeOffset expiresAt, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Takes the secret away, if there is such a one that has not expired; a gateway that was un-paired is no longer so.</summary>
    /// <returns>Whose it was; null for the second who asks, also when both ask at once.</returns>
    Task<GatewayRecord?> RedeemAsync(byte[] secretHash, SessionOrigin origin, CancellationToken cancellationToken);
}

using StepCloud.Contracts.Ids;

namespace StepCloud.GatewaySim.Server;

/// <param name="ExpiresIn">Seconds that the access token lives from now.</param>
/// <param name="RefreshToken">Takes the place of the one that was used.</param>
public sealed record TokenGrant(string AccessToken, double ExpiresIn, string RefreshToken);

/// <summary>A gateway that was just created, with its first tokens.</summary>
public sealed record GatewayGrant(CreatedGateway Gateway, string AccessToken, double ExpiresIn, string RefreshToken);

public sealed record CreatedGateway(GatewayId Id, string Name);

public sealed record Site(SiteId Id, string Name);

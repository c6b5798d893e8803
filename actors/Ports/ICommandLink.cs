using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

/// <summary>The way to a gateway's connections.</summary>
public interface ICommandLink
{
    /// <summary>Hands the command to the sessions of the gateway that listen for commands. Completes when it is stored wherever it has to be.</summary>
    /// <returns>False when there is none, and nothing was sent.</returns>
    Task<bool> SendAsync(GatewayId gateway, GatewayCommand command, CancellationToken cancellationToken);
}

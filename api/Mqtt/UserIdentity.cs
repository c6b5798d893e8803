using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;

namespace StepCloud.Api.Mqtt;

/// <summary>A user of an organization on an MQTT connection, who may watch what is live there.</summary>
internal sealed class UserIdentity(UserId user, OrganizationId organization, SessionId session) : ITokenIdentity
{
    /// <summary>Who watches watches now: nothing is kept for a user who is away.</summary>
    public static readonly ClientLimits Limits = new() { SessionExpiryMax = TimeSpan.Zero };

    public OrganizationId Organization => organization;

    public SessionId Session => session;

    public Guid Holder => user.Value;

    public string Key { get; } = $"user:{user}";
}

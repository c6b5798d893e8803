using StepCloud.Actors.Ports;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Actors.Sessions;

/// <summary>How long a session lives, by who holds it and how it was begun.</summary>
public static class SessionLifetimes
{
    /// <summary>How long a refresh token waits for its use.</summary>
    public static TimeSpan Idle(this SessionOptions options, HolderKind holder, string startedBy) => (holder, startedBy) switch
    {
        (HolderKind.Gateway, _) => options.GatewayIdle,
        (_, SessionStarts.AccessKey) => options.AccessKeyIdle,
        _ => options.UserIdle,
    };

    /// <summary>How long it lives however much it is used; null for no end.</summary>
    public static TimeSpan? Absolute(this SessionOptions options, HolderKind holder, string startedBy) => (holder, startedBy) switch
    {
        (HolderKind.Gateway, _) => null,
        (_, SessionStarts.AccessKey) => options.AccessKeyAbsolute,
        _ => options.UserAbsolute,
    };
}

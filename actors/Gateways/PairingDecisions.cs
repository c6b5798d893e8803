using StepCloud.Actors.Ports;

namespace StepCloud.Actors.Gateways;

/// <summary>What a device code stands at.</summary>
/// <param name="IsApproved">Null until somebody decides.</param>
public sealed record PairingState(DateTimeOffset ExpiresAt, bool? IsApproved, TimeSpan Interval, DateTimeOffset? LastPolledAt);

public static class PairingDecisions
{
    /// <summary>Two polls may arrive closer together than they were sent.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    public static PairingVerdict Decide(PairingState? state, DateTimeOffset now)
    {
        if (state is null) return PairingVerdict.Unknown;
        if (now >= state.ExpiresAt) return PairingVerdict.Expired;
        if (state.IsApproved is { } isApproved) return isApproved ? PairingVerdict.Redeem : PairingVerdict.Denied;
        // Of a pending request only: RFC 8628 §3.5 calls it a variant of authorization_pending.
        return now - state.LastPolledAt < state.Interval - Tolerance ? PairingVerdict.SlowDown : PairingVerdict.Pending;
    }
}

namespace StepCloud.Contracts.Registry;

/// <summary>What a plan bounds.</summary>
public enum QuotaKind
{
    Gateways,
    Devices,
    Users,
    StepsPerDay,
    Recordings,
    RecordingBytes,
}

/// <summary>How much of it an organization has.</summary>
/// <param name="Max">Null for as much as it likes.</param>
public sealed record Quota(QuotaKind Kind, string Plan, long Used, long? Max)
{
    /// <summary>From four fifths on whoever asks is told, and the owners are once.</summary>
    public bool IsNear => Max is { } max && Used * 5 >= max * 4;

    /// <summary>Below seven tenths it is far enough from there that its next coming near is another one.</summary>
    public bool IsFar => Max is not { } max || Used * 10 < max * 7;

    public bool IsReached => Max is { } max && Used >= max;
}

/// <summary>Thrown out of a transaction, which it rolls back, when the organization's plan has no room for one more.</summary>
public sealed class QuotaReachedException(Quota quota) : Exception($"The plan {quota.Plan} has room for {quota.Max} {quota.Kind}.")
{
    public Quota Quota => quota;
}

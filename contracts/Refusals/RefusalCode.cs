namespace StepCloud.Contracts.Refusals;

/// <summary>The reasons for which an uplink is refused. On the wire in snake case (<see cref="RefusalCodes"/>); never renamed, never reused.</summary>
public enum RefusalCode
{
    MalformedJson,
    MissingField,
    UnknownField,
    WrongType,
    ValueOutOfRange,
    ValueNotFinite,
    UnequalLength,
    TooLarge,
    IdNotUuid7,
    IdTimeMismatch,
    TimeInFuture,
    TimeTooOld,
    DuplicateSeries,
    ForbiddenCharacter,
    UnknownDevice,
    ForeignDevice,
    DeviceSourceTaken,
    ForeignTopic,
    UnknownTopic,
    IdReusedWithOtherContent,
    NotStorable,
    UnknownCommand,
    CommandAnsweredOtherwise,
    GatewayRevoked,

    /// <summary>The organization's plan has no room for it.</summary>
    QuotaReached,

    /// <summary>The device is in the archive, and this was made after it went there.</summary>
    DeviceArchived,
}

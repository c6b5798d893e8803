using StepCloud.Contracts.Ids;

namespace StepCloud.Contracts.Commands;

/// <summary>What a gateway is asked to do.</summary>
/// <param name="Name">A word that the gateway knows.</param>
/// <param name="Arguments">A JSON object.</param>
/// <param name="Deadline">It is not brought to the gateway after that.</param>
public sealed record GatewayCommand(CommandId Id, string Name, string Arguments, DateTimeOffset CreatedAt, DateTimeOffset Deadline);

/// <summary>What a gateway says a command has come to.</summary>
/// <param name="Message">For people; may be empty.</param>
/// <param name="Result">Any JSON; null for none.</param>
public sealed record CommandAnswer(CommandId Command, CommandResult Outcome, string Message, string? Result);

/// <summary>On the wire `done`, `failed`, `refused`.</summary>
public enum CommandResult : byte
{
    Done = 1,

    /// <summary>It was tried.</summary>
    Failed = 2,

    /// <summary>It was not tried: the gateway does not know or not want it.</summary>
    Refused = 3,
}

/// <summary>Why a command did not reach its gateway, or that it did.</summary>
/// <param name="ReasonCode">Of the acknowledgement; 0 for success.</param>
/// <param name="Problem">Why it is not with the gateway; null when it is.</param>
public sealed record CommandDelivery(CommandId Command, byte ReasonCode, string? Problem);

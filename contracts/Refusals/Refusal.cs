namespace StepCloud.Contracts.Refusals;

/// <summary>Why something that a gateway sent is refused.</summary>
/// <param name="Code">Stable: a gateway may act on it.</param>
/// <param name="Reason">One English sentence that says what is wrong and where, for the maker of the gateway. Never an exception's text.</param>
public sealed record Refusal(RefusalCode Code, string Reason);

using StepCloud.Contracts.Refusals;

namespace StepCloud.Api.Ingress;

/// <summary>What a message holds: one element, or the elements of its array, each readable or refused.</summary>
/// <param name="WholeRefusal">Why nothing of it could be read; then there are no elements.</param>
public sealed record ParsedMessage<T>(IReadOnlyList<ParsedElement<T>> Elements, Refusal? WholeRefusal = null) where T : class;

/// <param name="Id">The element's id as far as it could be read, to name it in the refusal.</param>
/// <param name="Value">Null when it is refused.</param>
public readonly record struct ParsedElement<T>(Guid? Id, T? Value, Refusal? Refusal) where T : class;

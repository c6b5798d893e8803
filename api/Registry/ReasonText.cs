using System.Text.Json;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>Why somebody puts something away, in his words.</summary>
internal static class ReasonText
{
    private static readonly RegistryField Field = Entities.Site.Find("archive_reason")! with { Fault = FaultOf };

    /// <returns>What is wrong, in a sentence; null when it is one.</returns>
    public static string? Read(string given, out string reason)
    {
        string? fault = RegistryValue.Read(Field, JsonSerializer.SerializeToElement(given), out object? text);
        reason = text as string ?? "";
        return fault;
    }

    private static string? FaultOf(string reason) => reason.Length == 0 ? "Say why." : reason.Any(char.IsControl) ? "It may not hold control characters." : null;
}

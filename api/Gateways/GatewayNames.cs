using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts.Gateways;

namespace StepCloud.Api.Gateways;

/// <summary>The names that users give to gateways.</summary>
internal static class GatewayNames
{
    /// <returns>Null when the name can be one.</returns>
    public static ProblemHttpResult? Check(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > PairingLimits.TextCharsMax)
            return Problems.InvalidRequest("/name", $"The name must have 1 to {PairingLimits.TextCharsMax} characters.");
        return name.Contains('\0') ? Problems.InvalidRequest("/name", "The name may not hold the character U+0000.") : null;
    }
}

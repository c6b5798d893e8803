namespace StepCloud.Api.Users;

/// <summary>Which names people can have here.</summary>
internal static class UserNames
{
    private const int CharsMax = 100;

    /// <returns>What is wrong, in a sentence; null when nothing is.</returns>
    public static string? Fault(string name) =>
        string.IsNullOrWhiteSpace(name) || name.Length > CharsMax ? $"The name must have 1 to {CharsMax} characters."
        : name.Any(char.IsControl) ? "The name may not hold control characters."
        : null;
}

namespace StepCloud.Api.Commands;

/// <summary>A command could not do what it was asked to. The message says why, in one line, and what to do.</summary>
/// <param name="code">A stable word, for programs.</param>
internal sealed class CommandRefusedException(string code, string message) : Exception(message)
{
    public const string NotFound = "not_found";

    public string Code => code;
}

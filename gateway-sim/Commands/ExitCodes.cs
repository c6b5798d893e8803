namespace StepCloud.GatewaySim.Commands;

internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>Something is left undelivered, or was refused, or the server could not be used.</summary>
    public const int Incomplete = 1;

    /// <summary>The command line, a file or a setting is wrong.</summary>
    public const int UserError = 2;
}

namespace StepCloud.Api.Commands;

internal static class ExitCodes
{
    public const int Good = 0;

    /// <summary>It ran, and what it found or did is not good.</summary>
    public const int Bad = 1;

    /// <summary>The command line or a setting is wrong; nothing was started.</summary>
    public const int Usage = 2;
}

namespace StepCloud.Contracts.Sessions;

/// <summary>What sign-in codes for a shared tablet are bounded by (docs/SECURITY.md says what the bounds are worth).</summary>
public static class SignInCodeLimits
{
    /// <summary>Time to walk to the tablet and type it.</summary>
    public static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(5);

    /// <summary>However much it is used. There is nothing to renew it with.</summary>
    public static readonly TimeSpan SessionLifetime = TimeSpan.FromMinutes(15);

    /// <summary>The wrong try of that number destroys the code.</summary>
    public const int WrongTriesMax = 5;

    /// <summary>Living ones of one user, each for another case.</summary>
    public const int CodesOfUserMax = 5;

    /// <summary>Codes that nobody was given, from one address within <see cref="MissWindow"/>; more are not looked at.</summary>
    public const int MissesMax = 20;

    public static readonly TimeSpan MissWindow = TimeSpan.FromMinutes(5);

    public const int DeviceIdCharsMax = 64;

    public const int DeviceNameCharsMax = 100;
}

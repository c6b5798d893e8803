namespace StepCloud.Contracts.Commands;

/// <summary>What a command and its answer may take.</summary>
public static class CommandLimits
{
    /// <summary>Such as `set_profile`: a word of a vocabulary that gateway and user share.</summary>
    public const int NameCharsMax = 100;

    /// <summary>A command says what to do. Files go another way.</summary>
    public const int ArgumentsBytesMax = 64 * 1024;

    /// <summary>Of an answer's `message`.</summary>
    public const int MessageCharsMax = 1000;

    public const int AnswerBytesMax = 64 * 1024;

    /// <summary>A gateway that is away for longer has been forgotten, and so has what it was to do.</summary>
    public static readonly TimeSpan LifetimeMax = TimeSpan.FromDays(30);

    public static readonly TimeSpan LifetimeDefault = TimeSpan.FromHours(1);
}

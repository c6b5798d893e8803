namespace StepCloud.Contracts.Steps;

/// <summary>A text that the device or the gateway wrote about the step, line by line.</summary>
public sealed record StepLog(LogKind Kind, string Label, string[] Lines);

public enum LogKind : byte
{
    Error = 1,
    Debug = 2,
    Build = 3,
}

namespace StepCloud.Contracts.Commands;

/// <summary>The names that answers and states of commands have on the wire. They are for ever.</summary>
public static class CommandWords
{
    public const string Queued = "queued";
    public const string Sent = "sent";
    public const string Delivered = "delivered";
    public const string Answered = "answered";
    public const string Expired = "expired";

    public static string Of(CommandResult result) => result switch
    {
        CommandResult.Done => "done",
        CommandResult.Failed => "failed",
        CommandResult.Refused => "refused",
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, null),
    };

    public static CommandResult? ParseResult(string word) => word switch
    {
        "done" => CommandResult.Done,
        "failed" => CommandResult.Failed,
        "refused" => CommandResult.Refused,
        _ => null,
    };
}

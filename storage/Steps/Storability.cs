using Npgsql;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage;

/// <summary>Which steps the database cannot hold, and how that is told to the maker of the gateway.</summary>
internal static class Storability
{
    /// <summary>Finds what would break the statement of all the steps that share a commit. The rest the database finds itself.</summary>
    /// <returns>Null when there is nothing.</returns>
    public static Refusal? Check(StepEvent step, StepPartitions partitions)
    {
        if (!partitions.IsBelievable(StepMonth.Of(step.Id)))
            return NotStorable($"The time in the id, {step.Id.Time:O}, is too early or in the future.");
        if (!StorableText.Is(step.Label) || !StorableText.Is(step.Settings))
            return NotStorable("The label or the settings hold a character that cannot be stored (U+0000, or half of a surrogate pair).");
        if (step.Series.Any(series => !StorableText.Is(series.Name) || !StorableText.Is(series.Unit)))
            return NotStorable("The name or the unit of a series holds a character that cannot be stored (U+0000, or half of a surrogate pair).");
        if (step.Logs.Any(log => !StorableText.Is(log.Label) || !log.Lines.All(StorableText.Is)))
            return NotStorable("A log holds a character that cannot be stored (U+0000, or half of a surrogate pair).");
        return null;
    }

    /// <summary>What to say of a step that the database refused by itself. Its own words never leave the server.</summary>
    public static Refusal Refused(Exception exception) => NotStorable((exception as PostgresException)?.SqlState switch
    {
        PostgresErrorCodes.UntranslatableCharacter or PostgresErrorCodes.CharacterNotInRepertoire =>
            "A text of the step holds a character that cannot be stored (U+0000).",
        PostgresErrorCodes.InvalidTextRepresentation => "The settings are not valid JSON.",
        PostgresErrorCodes.NumericValueOutOfRange => "A number of the step is too big to be stored.",
        PostgresErrorCodes.ProgramLimitExceeded or PostgresErrorCodes.StatementTooComplex => "The settings are too large or too deeply nested to be stored.",
        { } state => $"The step cannot be stored (SQLSTATE {state}).",
        null => "A value of the step cannot be stored.",
    });

    public static Refusal NotStorable(string reason) => new(RefusalCode.NotStorable, reason);
}

using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;

namespace StepCloud.Api.Ingress;

/// <summary>Reads a gateway's answer to a command from its JSON.</summary>
public static class CommandAnswerReader
{
    private static readonly Refusal NotAnArray = new(RefusalCode.WrongType, "The answer must be an object, and is an array.");

    public static ParsedMessage<CommandAnswer> Read(CommandId command, ReadOnlySpan<byte> utf8) =>
        // One topic, one command, one answer: an array would hold several to the same.
        utf8.TrimStart(" \t\r\n"u8).StartsWith("["u8)
            ? new ParsedMessage<CommandAnswer>([], NotAnArray)
            : MessageReader.Read(
                utf8, CommandLimits.AnswerBytesMax, (ref JsonCursor cursor, out Guid? id) => ReadOne(command, ref cursor, out id));

    private static CommandAnswer? ReadOne(CommandId command, ref JsonCursor cursor, out Guid? id)
    {
        id = command.Value;
        if (!cursor.ExpectObject("The answer")) return null;
        CommandAnswer answer = new(command, default, "", null);
        MemberSet seen = new();
        while (cursor.NextMember(out string name))
        {
            if (!seen.Add(ref cursor, name) || !ReadMember(ref cursor, name, ref answer)) return null;
        }

        if (answer.Outcome != default) return answer;
        cursor.Refuse(RefusalCode.MissingField, "/outcome is missing.");
        return null;
    }

    private static bool ReadMember(ref JsonCursor cursor, string name, ref CommandAnswer answer)
    {
        switch (name)
        {
            case "outcome":
                if (!cursor.ReadString("/outcome", CommandLimits.NameCharsMax, out string word)) return false;
                if (CommandWords.ParseResult(word) is not { } outcome)
                    return cursor.Refuse(RefusalCode.ValueOutOfRange, "/outcome must be done, failed or refused.");
                answer = answer with { Outcome = outcome };
                return true;
            case "message":
                if (!cursor.ReadString("/message", CommandLimits.MessageCharsMax, out string message)) return false;
                answer = answer with { Message = message };
                return true;
            case "result":
                answer = answer with { Result = cursor.TakeRaw() };
                return true;
            default:
                return cursor.Refuse(RefusalCode.UnknownField, $"/{StepReader.Shown(name)} is not a field of an answer.");
        }
    }
}

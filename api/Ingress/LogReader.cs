using System.Text.Json;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;

namespace StepCloud.Api.Ingress;

/// <summary>Reads the logs of a step.</summary>
internal static class LogReader
{
    public static bool ReadAll(ref JsonCursor cursor, List<StepLog> logs)
    {
        if (!cursor.ExpectArray("/logs")) return false;
        while (cursor.Read() && cursor.Token != JsonTokenType.EndArray)
        {
            if (logs.Count == StepLimits.LogsPerStepMax)
                return cursor.Refuse(RefusalCode.TooLarge, $"/logs has more than {StepLimits.LogsPerStepMax} entries.");
            if (ReadOne(ref cursor, $"/logs/{logs.Count}") is not { } log) return false;
            logs.Add(log);
        }

        return true;
    }

    private static StepLog? ReadOne(ref JsonCursor cursor, string path)
    {
        if (!cursor.ExpectObject(path)) return null;
        LogKind? kind = null;
        string label = "";
        List<string>? lines = null;
        MemberSet seen = new();
        while (cursor.NextMember(out string name))
        {
            if (!seen.Add(ref cursor, name)) return null;
            bool read = name switch
            {
                "kind" => ReadKind(ref cursor, path + "/kind", out kind),
                "label" => cursor.ReadString(path, "/label", StepLimits.NameCharsMax, out label),
                "lines" => ReadLines(ref cursor, path + "/lines", lines = []),
                _ => cursor.Refuse(RefusalCode.UnknownField, $"{path}/{StepReader.Shown(name)} is not a field of a log."),
            };
            if (!read) return null;
        }

        if (kind is null || lines is null)
        {
            cursor.Refuse(RefusalCode.MissingField, $"{path}/{(kind is null ? "kind" : "lines")} is missing.");
            return null;
        }

        return new StepLog(kind.Value, label, [.. lines]);
    }

    private static bool ReadKind(ref JsonCursor cursor, string path, out LogKind? kind)
    {
        kind = null;
        if (!cursor.ReadString(path, StepLimits.NameCharsMax, out string name)) return false;
        kind = name switch
        {
            "error" => LogKind.Error,
            "debug" => LogKind.Debug,
            "build" => LogKind.Build,
            _ => null,
        };
        return kind is not null || cursor.Refuse(RefusalCode.ValueOutOfRange, $"{path} must be error, debug or build.");
    }

    private static bool ReadLines(ref JsonCursor cursor, string path, List<string> lines)
    {
        if (!cursor.ExpectArray(path)) return false;
        while (cursor.Read() && cursor.Token != JsonTokenType.EndArray)
        {
            if (lines.Count == StepLimits.LinesPerLogMax)
                return cursor.Refuse(RefusalCode.TooLarge, $"{path} has more than {StepLimits.LinesPerLogMax} lines.");
            if (!cursor.ReadString(path, StepLimits.StepBytesMax, out string line)) return false;
            lines.Add(line);
        }

        return true;
    }
}

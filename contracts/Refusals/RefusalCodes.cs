using System.Collections.Frozen;
using System.Text.Json;

namespace StepCloud.Contracts.Refusals;

/// <summary>The names that refusals have on the wire and in `rejected_message`.</summary>
public static class RefusalCodes
{
    private static readonly FrozenDictionary<RefusalCode, string> Names =
        Enum.GetValues<RefusalCode>().ToFrozenDictionary(code => code, code => JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString()));

    public static string Wire(RefusalCode code) => Names[code];
}

using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of an alarm rule.</summary>
[JsonConverter(typeof(IdJsonConverter<AlarmRuleId>))]
public readonly record struct AlarmRuleId(Guid Value) : IId<AlarmRuleId>
{
    public static AlarmRuleId From(Guid value) => new(value);

    public static AlarmRuleId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out AlarmRuleId result) => Id.TryParse(s, out result);

    public static AlarmRuleId Parse(string s, IFormatProvider? provider) => Id.Parse<AlarmRuleId>(s);

    public override string ToString() => Value.ToString("D");
}

using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of an alarm.</summary>
[JsonConverter(typeof(IdJsonConverter<AlarmId>))]
public readonly record struct AlarmId(Guid Value) : IId<AlarmId>
{
    public static AlarmId From(Guid value) => new(value);

    public static AlarmId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out AlarmId result) => Id.TryParse(s, out result);

    public static AlarmId Parse(string s, IFormatProvider? provider) => Id.Parse<AlarmId>(s);

    public override string ToString() => Value.ToString("D");
}

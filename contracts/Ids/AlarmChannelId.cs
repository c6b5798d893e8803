using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of an alarm channel.</summary>
[JsonConverter(typeof(IdJsonConverter<AlarmChannelId>))]
public readonly record struct AlarmChannelId(Guid Value) : IId<AlarmChannelId>
{
    public static AlarmChannelId From(Guid value) => new(value);

    public static AlarmChannelId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out AlarmChannelId result) => Id.TryParse(s, out result);

    public static AlarmChannelId Parse(string s, IFormatProvider? provider) => Id.Parse<AlarmChannelId>(s);

    public override string ToString() => Value.ToString("D");
}

using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a recording.</summary>
[JsonConverter(typeof(IdJsonConverter<RecordingId>))]
public readonly record struct RecordingId(Guid Value) : IId<RecordingId>
{
    public static RecordingId From(Guid value) => new(value);

    public static RecordingId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out RecordingId result) => Id.TryParse(s, out result);

    public static RecordingId Parse(string s, IFormatProvider? provider) => Id.Parse<RecordingId>(s);

    public override string ToString() => Value.ToString("D");
}

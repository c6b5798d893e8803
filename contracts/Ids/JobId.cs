using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a job.</summary>
[JsonConverter(typeof(IdJsonConverter<JobId>))]
public readonly record struct JobId(Guid Value) : IId<JobId>
{
    public static JobId From(Guid value) => new(value);

    public static JobId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out JobId result) => Id.TryParse(s, out result);

    public static JobId Parse(string s, IFormatProvider? provider) => Id.Parse<JobId>(s);

    public override string ToString() => Value.ToString("D");
}

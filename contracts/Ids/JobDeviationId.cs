using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of something of a job that is not as approved.</summary>
[JsonConverter(typeof(IdJsonConverter<JobDeviationId>))]
public readonly record struct JobDeviationId(Guid Value) : IId<JobDeviationId>
{
    public static JobDeviationId From(Guid value) => new(value);

    public static JobDeviationId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out JobDeviationId result) => Id.TryParse(s, out result);

    public static JobDeviationId Parse(string s, IFormatProvider? provider) => Id.Parse<JobDeviationId>(s);

    public override string ToString() => Value.ToString("D");
}

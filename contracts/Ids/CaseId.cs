using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a case: the person or the order that a job is for.</summary>
[JsonConverter(typeof(IdJsonConverter<CaseId>))]
public readonly record struct CaseId(Guid Value) : IId<CaseId>
{
    public static CaseId From(Guid value) => new(value);

    public static CaseId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out CaseId result) => Id.TryParse(s, out result);

    public static CaseId Parse(string s, IFormatProvider? provider) => Id.Parse<CaseId>(s);

    public override string ToString() => Value.ToString("D");
}

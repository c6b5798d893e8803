using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a signature.</summary>
[JsonConverter(typeof(IdJsonConverter<SignatureId>))]
public readonly record struct SignatureId(Guid Value) : IId<SignatureId>
{
    public static SignatureId From(Guid value) => new(value);

    public static SignatureId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SignatureId result) => Id.TryParse(s, out result);

    public static SignatureId Parse(string s, IFormatProvider? provider) => Id.Parse<SignatureId>(s);

    public override string ToString() => Value.ToString("D");
}

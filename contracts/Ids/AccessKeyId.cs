using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of an access key: of its row, and no part of the key itself.</summary>
[JsonConverter(typeof(IdJsonConverter<AccessKeyId>))]
public readonly record struct AccessKeyId(Guid Value) : IId<AccessKeyId>
{
    public static AccessKeyId From(Guid value) => new(value);

    public static AccessKeyId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out AccessKeyId result) => Id.TryParse(s, out result);

    public static AccessKeyId Parse(string s, IFormatProvider? provider) => Id.Parse<AccessKeyId>(s);

    public override string ToString() => Value.ToString("D");
}

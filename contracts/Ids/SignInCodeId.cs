using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a sign-in code: of its row, and no part of the code itself.</summary>
[JsonConverter(typeof(IdJsonConverter<SignInCodeId>))]
public readonly record struct SignInCodeId(Guid Value) : IId<SignInCodeId>
{
    public static SignInCodeId From(Guid value) => new(value);

    public static SignInCodeId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SignInCodeId result) => Id.TryParse(s, out result);

    public static SignInCodeId Parse(string s, IFormatProvider? provider) => Id.Parse<SignInCodeId>(s);

    public override string ToString() => Value.ToString("D");
}

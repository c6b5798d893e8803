using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a session: one sign-in of a user or one pairing of a gateway, and the family of its refresh tokens.</summary>
[JsonConverter(typeof(IdJsonConverter<SessionId>))]
public readonly record struct SessionId(Guid Value) : IId<SessionId>
{
    public static SessionId From(Guid value) => new(value);

    public static SessionId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SessionId result) => Id.TryParse(s, out result);

    public static SessionId Parse(string s, IFormatProvider? provider) => Id.Parse<SessionId>(s);

    public override string ToString() => Value.ToString("D");
}

namespace StepCloud.Contracts.Sessions;

/// <summary>A password, a code or a token on its way to an actor. Whoever writes a call into a log writes nothing of it.</summary>
public readonly record struct Secret(string Value)
{
    public static implicit operator Secret(string value) => new(value);

    public static Secret? OfNullable(string? value) => value is null ? default(Secret?) : new Secret(value);

    public override string ToString() => "***";
}

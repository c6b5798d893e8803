using System.Diagnostics.CodeAnalysis;

namespace StepCloud.Contracts.Ids;

/// <summary>An id of one kind of thing: a UUID that cannot be mistaken for another thing's.</summary>
/// <remarks>The server makes its ids as UUIDv7 (RFC 9562 §5.7), so that they sort by the time they were made.</remarks>
public interface IId<TSelf> : IParsable<TSelf> where TSelf : struct, IId<TSelf>
{
    Guid Value { get; }

    static abstract TSelf From(Guid value);
}

/// <summary>What reading an id means, the same for every kind: the 36 characters of RFC 9562 §4, nothing else.</summary>
public static class Id
{
    public static bool TryParse<T>([NotNullWhen(true)] string? s, out T id) where T : struct, IId<T>
    {
        bool parsed = Guid.TryParseExact(s, "D", out Guid value);
        id = T.From(value);
        return parsed;
    }

    public static T Parse<T>(string s) where T : struct, IId<T> => T.From(Guid.ParseExact(s, "D"));
}

using System.Diagnostics;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Api.Tokens;

/// <summary>
/// The values of `aud`: they say whether `sub` is a user or a gateway, so that one's token never passes for the other's (RFC 9068 §5).
/// </summary>
public static class TokenAudience
{
    public const string User = "stepcloud:user";
    public const string Gateway = "stepcloud:gateway";

    /// <summary>A user's too, and good for bringing recordings of one case: an audience of its own, so that whoever does not know of it refuses it.</summary>
    public const string Upload = "stepcloud:upload";

    public static string Of(HolderKind kind) => kind switch
    {
        HolderKind.User => User,
        HolderKind.Gateway => Gateway,
        _ => throw new UnreachableException(),
    };

    /// <summary>Null when the audience is not this server's.</summary>
    public static HolderKind? HolderKindOf(string audience) => audience switch
    {
        User or Upload => HolderKind.User,
        Gateway => HolderKind.Gateway,
        _ => null,
    };
}

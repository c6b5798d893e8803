using System.ComponentModel.DataAnnotations;

namespace StepCloud.Api.Http.Protection;

/// <summary>How often one address, and one holder of a token, may ask. Over it: 429 with Retry-After. Each may come in a burst of that many seconds' or minutes' worth.</summary>
public sealed class RequestLimitOptions
{
    public const string Section = "Limits";

    /// <summary>Requests per second of one address, of whatever kind. A shop behind one address has some gateways and people; a flood has more.</summary>
    [Range(1, 1_000_000)]
    public int AddressPerSecond { get; set; } = 2_000;

    /// <summary>Requests per second of one user, and of all who have one link to a folder. A console asks a handful at once; a program that asks more should ask for larger pages.</summary>
    [Range(1, 1_000_000)]
    public int UserPerSecond { get; set; } = 50;

    /// <summary>Requests per second of one gateway that sends over HTTP: a back-log goes in arrays, and is paced by the commits anyway.</summary>
    [Range(1, 1_000_000)]
    public int GatewayPerSecond { get; set; } = 1_000;

    /// <summary>Attempts per minute of one address to get in by a secret: sign-in, recovery, pairing, links to folders. A shop's people in the morning are fewer.</summary>
    [Range(1, 1_000_000)]
    public int AttemptsPerMinute { get; set; } = 30;

    /// <summary>Renewals per minute of one address: refresh tokens, and gateways that wait for their pairing. Each gateway of a shop asks every few minutes.</summary>
    [Range(1, 1_000_000)]
    public int RenewalsPerMinute { get; set; } = 600;
}

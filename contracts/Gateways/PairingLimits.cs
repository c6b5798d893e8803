namespace StepCloud.Contracts.Gateways;

/// <summary>The bounds of pairing, for the server and for whoever writes a client.</summary>
public static class PairingLimits
{
    /// <summary>The `client_id` of every gateway: they are public clients (RFC 6749 §2.1), and what counts is who confirms.</summary>
    public const string ClientId = "stepcloud-gateway";

    /// <summary>Of a serial, a model, a software version and a name, in UTF-16 code units.</summary>
    public const int TextCharsMax = 100;

    /// <summary>Wrong codes of one user from one address within <see cref="CodeLifetime"/>.</summary>
    public const int WrongTriesMax = 5;

    /// <summary>Wrong codes of one user from all addresses within <see cref="CodeLifetime"/>: many addresses are easily had.</summary>
    public const int WrongTriesOfUserMax = 20;

    /// <summary>How long a code can be entered. A person needs a minute; a guesser should not get an hour.</summary>
    public static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(10);

    /// <summary>Pause between two polls, until a `slow_down` (RFC 8628 §3.5: 5 s when nothing is said).</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    /// <summary>By how much every `slow_down` raises the pause (RFC 8628 §3.5).</summary>
    public static readonly TimeSpan SlowDownStep = TimeSpan.FromSeconds(5);

    /// <summary>How long a provisioning secret may travel to its gateway.</summary>
    public static readonly TimeSpan SecretLifetime = TimeSpan.FromDays(7);
}

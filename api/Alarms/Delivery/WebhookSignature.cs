using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StepCloud.Api.Alarms.Delivery;

/// <summary>Signs what a webhook is sent: `t=TIME,v1=MAC`, as docs/WEBHOOKS.md says.</summary>
internal static class WebhookSignature
{
    public const string Header = "StepCloud-Signature";

    private const string Prefix = "whsec_";

    public static string NewSecret() => Prefix + System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <param name="secret">All of its text is the key.</param>
    public static string Of(string secret, DateTimeOffset at, string body)
    {
        string time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{time}.{body}"));
        return $"t={time},v1={Convert.ToHexStringLower(mac)}";
    }

    public static string Purpose(Guid channel) => $"alarm-channel:{channel:D}";
}

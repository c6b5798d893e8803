using System.Security.Cryptography;
using System.Text;

namespace StepCloud.Tests.Api.Alarms;

/// <summary>The example of docs/WEBHOOKS.md, word by word.</summary>
internal static class WebhookExample
{
#pragma warning disable MA0011, MA0074, CA1310, CA1305 // As somebody would write it who does not know this house's rules.
    public static bool IsGenuine(string secret, string header, string body, DateTimeOffset now)
    {
        string[] parts = header.Split(',');
        string time = parts.Single(part => part.StartsWith("t="))[2..];
        byte[] mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{time}.{body}"));
        bool isOurs = parts.Where(part => part.StartsWith("v1=")).Any(part => CryptographicOperations.FixedTimeEquals(Convert.FromHexString(part[3..]), mac));
        return isOurs && (now - DateTimeOffset.FromUnixTimeSeconds(long.Parse(time))).Duration() < TimeSpan.FromMinutes(5);
    }
#pragma warning restore
}

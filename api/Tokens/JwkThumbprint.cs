using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace StepCloud.Api.Tokens;

/// <summary>The name of a key that follows from the key itself (RFC 7638), so that one `kid` can never stand for two keys.</summary>
public static class JwkThumbprint
{
    /// <param name="requiredMembers">The members that RFC 7638 §3.2 requires for the type of the key, and no others.</param>
    /// <returns>SHA-256 of the members in the order of their names, as JSON without white space; in base64url.</returns>
    public static string Compute(IEnumerable<KeyValuePair<string, string>> requiredMembers)
    {
        using MemoryStream canonical = new();
        using (Utf8JsonWriter writer = new(canonical))
        {
            writer.WriteStartObject();
            foreach ((string name, string value) in requiredMembers.OrderBy(member => member.Key, StringComparer.Ordinal))
                writer.WriteString(name, value);
            writer.WriteEndObject();
        }

        return Base64Url.EncodeToString(SHA256.HashData(canonical.ToArray()));
    }
}

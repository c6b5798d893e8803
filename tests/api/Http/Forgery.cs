using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using StepCloud.Api.Tokens;

namespace StepCloud.Tests.Api.Http;

/// <summary>Tokens that the server would never make.</summary>
internal static class Forgery
{
    /// <summary>A token with other claims, signed with the server's own key.</summary>
    public static string Of(ApiServer server, string token, Action<JsonObject> change)
    {
        string input = Changed(token, change);
        byte[] signature = server.Service<SigningKeys>().Current.Sign(Encoding.ASCII.GetBytes(input));
        return $"{input}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>A token with other claims and its old signature.</summary>
    public static string Tampered(string token, Action<JsonObject> change) => $"{Changed(token, change)}.{token.Split('.')[2]}";

    private static string Changed(string token, Action<JsonObject> change)
    {
        string[] parts = token.Split('.');
        JsonObject claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!.AsObject();
        change(claims);
        return $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
    }
}

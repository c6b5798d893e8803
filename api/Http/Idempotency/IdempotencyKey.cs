using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace StepCloud.Api.Http.Idempotency;

/// <summary>The header of that name (draft-ietf-httpapi-idempotency-key-header): a text that the client makes up for one thing it wants done.</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    public const int CharsMax = 100;

    /// <summary>In the answer that was kept, when it is given again.</summary>
    public const string ReplayedHeader = "Idempotency-Replayed";

    /// <returns>False when it is given, and is none.</returns>
    public static bool TryRead(HttpRequest request, out string? key)
    {
        key = null;
        if (!request.Headers.TryGetValue(Header, out StringValues given)) return true;
        key = given.Count == 1 ? given[0] : null;
        return key is { Length: >= 1 and <= CharsMax } && key.All(c => c is >= '!' and <= '~');
    }

    /// <summary>SHA-256 over method, path with query, and body. Neither of the first two can hold the line feed that ends it.</summary>
    public static byte[] HashOf(HttpRequest request, ReadOnlySpan<byte> body)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method}\n{request.PathBase.ToUriComponent()}{request.Path.ToUriComponent()}{request.QueryString.ToUriComponent()}\n"));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}

using System.Net;
using System.Security.Cryptography;
using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Load;

/// <summary>Content that begins as a film does, of random bytes that come again and again: as long as one likes, in little memory.</summary>
internal sealed class Film(long bytes) : HttpContent
{
    private const int PieceBytes = 256 * 1024;

    private static readonly byte[] s_head = [0, 0, 0, 24, .. "ftypisom"u8, 0, 0, 2, 0, .. "isommp42"u8];

    private static readonly byte[] s_piece = RandomNumberGenerator.GetBytes(PieceBytes);

    /// <summary>Reads an answer to its end.</summary>
    /// <exception cref="BenchException">It has another length.</exception>
    public static async Task DrainAsync(HttpClient http, Uri address, long bytes, CancellationToken cancellationToken)
    {
        using var answer = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        byte[] buffer = new byte[PieceBytes];
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        long read = 0;
        for (int more; (more = await body.ReadAsync(buffer, cancellationToken)) > 0; read += more)
        {
        }

        if (!answer.IsSuccessStatusCode || read != bytes) throw new BenchException($"{(int)answer.StatusCode} with {read} bytes, not {bytes}.");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(s_head, cancellationToken);
        for (long left = bytes - s_head.Length; left > 0; left -= PieceBytes)
            await stream.WriteAsync(s_piece.AsMemory(0, (int)Math.Min(left, PieceBytes)), cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = bytes;
        return true;
    }
}

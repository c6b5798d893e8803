using System.Security.Cryptography;
using System.Text.Json;

namespace StepCloud.Storage.BackUp;

/// <summary>What a back-up is of, and every file of it with its SHA-256. Written last: a folder without it is no back-up.</summary>
/// <param name="Format">Of the back-up; 1.</param>
/// <param name="AsOf">Everything that was committed by then is in it.</param>
/// <param name="Finished">When the last byte was written.</param>
/// <param name="StepCloud">The version of the program that made it.</param>
/// <param name="Migration">The last one that the database had.</param>
/// <param name="Postgres">The server's version, such as `15.18`.</param>
/// <param name="PgDump">The version of the pg_dump that wrote it.</param>
/// <param name="MasterKeyId">Under which the database's secrets are sealed; null when none were. The key itself is not here.</param>
/// <param name="DatabaseBytes">Of the database on its disk.</param>
public sealed record BackUpManifest(
    int Format, DateTimeOffset AsOf, DateTimeOffset Finished, string StepCloud, int Migration, string Postgres, string PgDump, string? MasterKeyId, long DatabaseBytes,
    IReadOnlyList<BackUpFile> Files)
{
    public const int CurrentFormat = 1;

    public const string FileName = "manifest.json";

    /// <summary>In the form of sha256sum: `sha256sum -c manifest.json.sha256` holds the manifest against it.</summary>
    public const string SumFileName = "manifest.json.sha256";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    };

    /// <returns>The manifest's SHA-256, in hexadecimal: whoever keeps it elsewhere can tell this back-up from every other.</returns>
    public async Task<string> WriteAsync(string folder, CancellationToken cancellationToken)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(this, Json);
        string sum = Convert.ToHexStringLower(SHA256.HashData(bytes));
        await WriteAsync(Path.Combine(folder, SumFileName), System.Text.Encoding.ASCII.GetBytes($"{sum}  {FileName}\n"), cancellationToken);
        // By a rename, so that it is whole or not there.
        string unfinished = Path.Combine(folder, FileName + ".new");
        await WriteAsync(unfinished, bytes, cancellationToken);
        File.Move(unfinished, Path.Combine(folder, FileName));
        return sum;
    }

    /// <param name="expected">The SHA-256 that somebody kept elsewhere; null when nobody did.</param>
    /// <exception cref="BackUpException">It is not there, or not what was written.</exception>
    public static async Task<BackUpManifest> ReadAsync(string folder, string? expected, CancellationToken cancellationToken)
    {
        byte[] bytes = await ReadBytesAsync(Path.Combine(folder, FileName), cancellationToken);
        string sum = Convert.ToHexStringLower(SHA256.HashData(bytes));
        string written = System.Text.Encoding.ASCII.GetString(await ReadBytesAsync(Path.Combine(folder, SumFileName), cancellationToken));
        if (!written.StartsWith(sum + " ", StringComparison.Ordinal))
            throw new BackUpException(BackUpFaults.ManifestAltered, $"{FileName} is not what was written: its SHA-256 is {sum}, and {SumFileName} says another.");
        if (expected is not null && !string.Equals(expected, sum, StringComparison.OrdinalIgnoreCase))
            throw new BackUpException(BackUpFaults.ManifestAltered, $"This is not the back-up that was meant: the SHA-256 of its {FileName} is {sum}.");
        BackUpManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<BackUpManifest>(bytes, Json);
        }
        catch (JsonException e)
        {
            throw new BackUpException(BackUpFaults.ManifestAltered, $"{FileName} is no manifest of a back-up: {e.Message}", e);
        }

        return manifest is { Format: CurrentFormat } ? manifest : throw new BackUpException(
            BackUpFaults.MadeByNewer, $"The back-up has format {manifest?.Format}, and this program knows {CurrentFormat}: use the program that made it, {manifest?.StepCloud}.");
    }

    private static async Task<byte[]> ReadBytesAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(file, cancellationToken);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BackUpException(BackUpFaults.NoManifest, $"There is no {file}: this is no back-up, or one that was never finished.", e);
        }
    }

    private static async Task WriteAsync(string path, byte[] bytes, CancellationToken cancellationToken)
    {
        await using FileStream file = new(path, new FileStreamOptions
        {
            Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        await file.WriteAsync(bytes, cancellationToken);
        file.Flush(flushToDisk: true);
    }
}

/// <param name="Path">Below the back-up's folder, with `/`.</param>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
public sealed record BackUpFile(string Path, long Bytes, string Sha256);

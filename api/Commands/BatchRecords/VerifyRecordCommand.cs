using System.CommandLine;
using StepCloud.Api.Settings;
using StepCloud.Api.Workflows.Records;

namespace StepCloud.Api.Commands.BatchRecords;

/// <summary>`stepcloud batch-record verify`</summary>
internal sealed class VerifyRecordCommand
{
    private readonly Argument<FileInfo> _file = BatchRecordCommand.File();
    private readonly Option<FileInfo> _keys = new("--keys")
    {
        Description = "The installation's public keys, as its /.well-known/signature-keys.json (or jwks.json) told them.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<bool> _json = CommandJson.Option();

    public Command Create()
    {
        Command command = new("verify", "Check a record by itself: its hashes, its signatures, its entry of the audit.") { _file, _keys, _json };
        command.SetAction((parsed, cancellationToken) => VerifyAsync(parsed, cancellationToken));
        return command;
    }

    private async Task<int> VerifyAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        BatchRecordFile file = await BatchRecordCommand.ReadAsync(parsed.GetRequiredValue(_file), cancellationToken);
        PublishedKeySet keys = await ReadKeysAsync(parsed.GetRequiredValue(_keys), cancellationToken);
        BatchRecordVerdict verdict = BatchRecordVerifier.Verify(file, keys);
        if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(verdict));
        else foreach (string line in LinesOf(verdict)) Console.WriteLine(line);
        return verdict.IsSound ? ExitCodes.Good : ExitCodes.Bad;
    }

    private static IEnumerable<string> LinesOf(BatchRecordVerdict verdict)
    {
        foreach (string fault in verdict.Faults) yield return $"WRONG: {fault}";
        foreach (string warning in verdict.Warnings) yield return $"note: {warning}";
        yield return $"record {verdict.RecordSha256}, charts {verdict.ChartsSha256}";
        if (verdict.IsSound)
        {
            foreach (SignatureWords signature in verdict.Signatures)
                yield return $"{signature.Of} {signature.Meaning} by {signature.UserName} ({signature.User}) at {signature.SignedAt}, seen by {signature.Issuer}";
        }

        yield return verdict.IsSound ? $"The record of job {verdict.Job} is sound." : $"The record of job {verdict.Job} is NOT sound: {verdict.Faults.Count} faults.";
    }

    private static async Task<PublishedKeySet> ReadKeysAsync(FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            if (file.Length > PublishedKeySet.BytesMax) throw new FormatException($"A set of keys has at most {PublishedKeySet.BytesMax} bytes.");
            return PublishedKeySet.Read(await File.ReadAllBytesAsync(file.FullName, cancellationToken));
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new SettingException("--keys", $"{file} cannot be read: {e.Message}", e);
        }
    }
}

using System.CommandLine;
using StepCloud.Api.Settings;
using StepCloud.Api.Workflows.Records;

namespace StepCloud.Api.Commands.BatchRecords;

/// <summary>`stepcloud batch-record`: verify the record of a job, and print it. It needs the file, and neither a server nor a database.</summary>
internal static class BatchRecordCommand
{
    public static Command Create() => new("batch-record", "The record of a job, as a file.") { new VerifyRecordCommand().Create(), new PrintRecordCommand().Create() };

    public static Argument<FileInfo> File() => new("file") { Description = "The record, as JSON.", HelpName = "FILE.json" };

    public static async Task<BatchRecordFile> ReadAsync(FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            return await BatchRecordFile.ReadAsync(file, cancellationToken);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new SettingException("file", $"{file} cannot be read: {e.Message}", e);
        }
    }
}

using System.CommandLine;
using StepCloud.Api.Settings;
using StepCloud.Api.Workflows.Records;

namespace StepCloud.Api.Commands.BatchRecords;

/// <summary>`stepcloud batch-record pdf`</summary>
internal sealed class PrintRecordCommand
{
    private readonly Argument<FileInfo> _file = BatchRecordCommand.File();
    private readonly Argument<FileInfo?> _out = new("out")
    {
        Description = "Where the PDF goes; beside the file when not given.",
        HelpName = "OUT.pdf",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public Command Create()
    {
        Command command = new("pdf", "Print a record as PDF. The same file gives the same bytes.") { _file, _out };
        command.SetAction((parsed, cancellationToken) => PrintAsync(parsed, cancellationToken));
        return command;
    }

    private async Task<int> PrintAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        FileInfo file = parsed.GetRequiredValue(_file);
        string target = parsed.GetValue(_out)?.FullName ?? Path.ChangeExtension(file.FullName, ".pdf");
        if (target == file.FullName) throw new SettingException("out", "it would be written over the record.");
        BatchRecordFile record = await BatchRecordCommand.ReadAsync(file, cancellationToken);
        try
        {
            await File.WriteAllBytesAsync(target, BatchRecordPdf.Make(record), cancellationToken);
        }
        catch (FontsMissingException e)
        {
            throw new CommandRefusedException("fonts_missing", e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingException("out", e.Message, e);
        }

        Console.WriteLine(target);
        return ExitCodes.Good;
    }
}

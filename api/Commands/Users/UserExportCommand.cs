using System.CommandLine;
using StepCloud.Api.Audit;
using StepCloud.Api.Commands.Cases;
using StepCloud.Api.Hosting;
using StepCloud.Contracts.Audit;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.Users;

/// <summary>`stepcloud user export`: all that is known of a user, for him.</summary>
internal sealed class UserExportCommand(TimeProvider clock)
{
    private readonly UserArgument _user = new();
    private readonly Option<FileInfo> _output = new("--output") { Description = "The file to be written; it must not be there yet.", HelpName = "FILE", Required = true };
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command command = new("export", "Write all that is known of a user into one archive, a ZIP of JSON.") { _output, _json };
        _user.AddTo(command);
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => DatabaseOnly.UseAsync(
            _common.CreateBuilder(parsed).Configuration,
            async database =>
            {
                UserQueries users = new(database.Database);
                UserExport export = new(database.Database, users, new AuditTrail(database.Database, clock), new AuditQueries(database.Database));
                UserRow user = await _user.FindAsync(parsed, database.Database, cancellationToken);
                UserContents contents = (await export.ReadAsync(user.Id, AuditDoer.System("stepcloud user export"), cancellationToken))!;
                string file = await PersonalFile.WriteAsync(parsed.GetRequiredValue(_output), PersonalArchive.Of(contents), cancellationToken);
                Console.WriteLine(parsed.GetValue(_json) ? CommandJson.Text(new { file }) : $"{file} is written.");
                return ExitCodes.Good;
            },
            clock,
            cancellationToken));
        return command;
    }
}

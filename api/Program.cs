using System.CommandLine;
using StepCloud.Api.Commands;
using StepCloud.Api.Commands.AccessKeys;
using StepCloud.Api.Commands.Alarms;
using StepCloud.Api.Commands.BackUp;
using StepCloud.Api.Commands.BatchRecords;
using StepCloud.Api.Commands.Cases;
using StepCloud.Api.Commands.Folders;
using StepCloud.Api.Commands.Gateways;
using StepCloud.Api.Commands.Keys;
using StepCloud.Api.Commands.Recordings;
using StepCloud.Api.Commands.Sessions;
using StepCloud.Api.Commands.Users;
using StepCloud.Api.Demo;
using StepCloud.Api.Hosting;

RootCommand root = new("StepCloud: what the devices of small manufacturing lines did, stored so that it can be proved.")
{
    new InitCommand(TimeProvider.System).Create(),
    new RunCommand(new SingleHost(TimeProvider.System), TimeProvider.System).Create(),
    new ServeCommand(() => new InProcessEngine(), TimeProvider.System).Create(),
    new ReadyCommand().Create(),
    new ConfigCommand(new InProcessEngine()).Create(),
    new BackUpCommand(TimeProvider.System).Create(),
    new RestoreCommand(TimeProvider.System).Create(),
    new RestoredCommand(TimeProvider.System).Create(),
    new VerifyLedgerCommand(TimeProvider.System).Create(),
    new AuditCommand(TimeProvider.System).Create(),
    new StepCommand(TimeProvider.System).Create(),
    new JobCommand(TimeProvider.System).Create(),
    new RecordingCommand(TimeProvider.System).Create(),
    new RetentionCommand(TimeProvider.System).Create(),
    KeyCommand.Create(TimeProvider.System),
    SessionCommand.Create(TimeProvider.System),
    new OrganizationCommand(TimeProvider.System).Create(),
    UserCommand.Create(TimeProvider.System),
    new AccessKeyCommand(TimeProvider.System).Create(),
    new GatewayCommand(TimeProvider.System).Create(),
    new AlarmCommand(TimeProvider.System).Create(),
    new CaseCommand(TimeProvider.System).Create(),
    new ConsentCommand(TimeProvider.System).Create(),
    new FolderCommand(TimeProvider.System).Create(),
    BatchRecordCommand.Create(),
};

return await CommandProgram.RunAsync(root, args);

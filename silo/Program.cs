using System.CommandLine;
using StepCloud.Api.Commands;
using StepCloud.Silo;
using StepCloud.Silo.Running;

RootCommand root = new("StepCloud on a cluster: the server of 'stepcloud serve' on Orleans. Every other command is 'stepcloud's.")
{
    new RunCommand(new ClusterHost(TimeProvider.System), TimeProvider.System).Create(),
    new ServeCommand(() => new ClusterEngine(), TimeProvider.System).Create(),
    new ReadyCommand().Create(),
    new ConfigCommand(new ClusterEngine()).Create(),
};
return await CommandProgram.RunAsync(root, args);

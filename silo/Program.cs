using System.CommandLine;
using StepCloud.Api.Commands;
using StepCloud.Silo;

RootCommand root = new("StepCloud on a cluster: the server of 'stepcloud serve' on Orleans. Every other command is 'stepcloud's.")
{
    new ServeCommand(() => new ClusterEngine(), TimeProvider.System).Create(),
    new ReadyCommand().Create(),
};
return await CommandProgram.RunAsync(root, args);
